/** Reports to show, without anybody having made them. */

import type { PullView, ReportView } from "../../../src/http/pages/report/view.ts";
import { activityOf } from "../../../src/reports/activity.ts";
import { PULL_STATES } from "../../../src/reports/report.ts";

const DAY_MS = 86_400_000;
export const MADE_AT = Date.UTC(2026, 10, 20, 12);

const TITLES = [
  "Fix a race in the connection pool when a server is drained",
  "Add support for zstd",
  "docs: explain how retries work",
  "Bump dependencies",
  "Make `Cache-Status` readable, and say why a stored response was not reused, with the section of the standard that forbids it",
];
const STATES = ["merged", "merged", "merged", "open", "closed"] as const;

export function pull(n: number, more: Partial<PullView> = {}): PullView {
  return {
    number: n * 37 + 12,
    title: TITLES[n % 5] as string,
    url: `https://github.com/nodejs/undici/pull/${n * 37 + 12}`,
    state: STATES[(n * 3) % 5] as PullView["state"],
    createdAt: MADE_AT - ((n * n * 3) % 360) * DAY_MS,
    ...(n % 7 !== 6 && {
      size: { name: "Small", additions: n * 13, deletions: n * 5, atLeast: false },
    }),
    ...more,
  };
}

export function reportView(login: string, more: Partial<ReportView> = {}): ReportView {
  const pulls = Array.from({ length: 24 }, (_, n) => pull(n));
  const repository = (name: string, count: number) => ({
    name,
    url: `https://github.com/${name}`,
    description: `What ${name} is for`,
    role: "Contributor",
    stars: { count: count * 40, atLeast: false },
    pulls: pulls.slice(0, count),
  });
  return {
    login,
    profile: {
      name: "Mona Lisa Octocat",
      bio: "Keeps things warm.",
      company: "@github",
      location: "San Francisco",
      avatarUrl: "https://avatars.githubusercontent.com/u/583231?v=4",
      url: `https://github.com/${login}`,
      links: [{ text: "github.blog", url: "https://github.blog" }],
    },
    periodText: "the last year",
    untilAt: MADE_AT,
    madeAt: MADE_AT,
    missing: [],
    totals: {
      pulls: 41,
      merged: 27,
      open: 9,
      closed: 5,
      repositories: 3,
      additions: 18_234,
      deletions: 7_210,
      changedFiles: 412,
      stars: { count: 2_310, atLeast: true },
    },
    activity: activityOf(
      pulls.map(({ createdAt, state }) => ({ at: createdAt, state })),
      PULL_STATES,
      { sinceAt: MADE_AT - 365 * DAY_MS, untilAt: MADE_AT },
    ),
    languages: [
      { name: "TypeScript", percent: 61.2 },
      { name: "JavaScript", percent: 14.8 },
      { name: "C++", percent: 9.1 },
    ],
    sizes: [
      { name: "One liner", count: 6 },
      { name: "Small", count: 21 },
    ],
    repositories: [
      repository("nodejs/undici", 24),
      repository("octocat/hello-world", 9),
      repository("redis/ioredis", 8),
    ],
    ...more,
  };
}
