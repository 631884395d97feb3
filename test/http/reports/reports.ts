/** A report as it is stored. */
import { activityOf } from "../../../src/reports/activity.ts";
import {
  PULL_STATES,
  type Pull,
  REPORT_VERSION,
  type Report,
} from "../../../src/reports/report.ts";
import { MADE_AT } from "./views.ts";

const DAY_MS = 86_400_000;

export function storedPull(n: number, more: Partial<Pull> = {}): Pull {
  const createdAt = MADE_AT - n * 3 * DAY_MS;
  return {
    number: n + 1,
    title: `Mend no. ${n + 1}`,
    url: `https://github.com/nodejs/undici/pull/${n + 1}`,
    author: "octocat",
    state: "merged",
    createdAt,
    updatedAt: createdAt,
    closedAt: createdAt,
    mergedAt: createdAt,
    role: "CONTRIBUTOR",
    additions: 10,
    deletions: 3,
    changedFiles: 2,
    size: "Small",
    languages: { TypeScript: 2 },
    capped: false,
    ...more,
  };
}

export function storedReport(login: string, more: Partial<Report> = {}, pulls = 3): Report {
  const all = Array.from({ length: pulls }, (_, n) => storedPull(n));
  const events = all.map(({ createdAt, state }) => ({ at: createdAt, state }));
  const sinceAt = MADE_AT - 365 * DAY_MS;
  return {
    version: REPORT_VERSION,
    login,
    profile: {
      login,
      name: "Mona Lisa Octocat",
      bio: null,
      company: "@github",
      location: "San Francisco",
      blog: "github.blog",
      twitter: "octo",
      avatarUrl: "https://avatars.githubusercontent.com/u/583231?v=4",
      url: `https://github.com/${login}`,
      social: [
        { provider: "twitter", url: "https://twitter.com/octo" },
        { provider: "mastodon", url: "https://mastodon.example/@octo" },
      ],
    },
    period: { since: "2025-11-20", until: "2026-11-20", sinceAt, untilAt: MADE_AT },
    dataAt: MADE_AT - 60_000,
    madeAt: MADE_AT,
    totals: {
      pulls,
      merged: pulls,
      open: 0,
      closed: 0,
      repositories: 1,
      additions: 10 * pulls,
      deletions: 3 * pulls,
      changedFiles: 2 * pulls,
      stars: { count: 1_000, atLeast: true },
      reviewed: 4,
      issues: null,
    },
    languages: [{ name: "TypeScript", files: 2 * pulls, percent: 100 }],
    sizes: [{ name: "Small", count: pulls }],
    roles: [{ role: "CONTRIBUTOR", repositories: 1 }],
    activity: {
      ...activityOf(events, PULL_STATES, { sinceAt, untilAt: MADE_AT }),
    } as Report["activity"],
    repositories: [
      {
        name: "nodejs/undici",
        owner: "nodejs",
        url: "https://github.com/nodejs/undici",
        description: null,
        role: "FIRST_TIME_CONTRIBUTOR",
        stars: null,
        pulls: all,
      },
    ],
    coverage: { complete: true, missing: [], pullsWithFiles: pulls },
    quota: { requests: 7, unchanged: 0, stored: 0 },
    ...more,
  };
}
