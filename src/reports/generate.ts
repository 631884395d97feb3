/** Makes a report: collects what GitHub tells, and puts it together. */
import type { Instant } from "../fields.ts";
import type { GitHubClient } from "../github/client.ts";
import { activityOf } from "./activity.ts";
import {
  type Collected,
  type CollectedPull,
  type CollectOptions,
  type CollectSettings,
  collect,
} from "./collect.ts";
import { createGaps } from "./gaps.ts";
import { countLanguages, languageShares } from "./languages.ts";
import {
  inOrder,
  roleOf,
  rolesOf,
  sizeDistribution,
  sizeOf,
  stateOf,
  totalsOf,
} from "./metrics.ts";
import { type Days, type Span, spanOf } from "./period.ts";
import {
  type Gap,
  type Profile,
  PULL_STATES,
  type Pull,
  REPORT_VERSION,
  type Report,
  type Repository,
} from "./report.ts";

export interface GenerateOptions {
  readonly login: string;
  readonly days: Days;
  /** Whether stars are counted. */
  readonly starIncrease: boolean;
  readonly client: GitHubClient;
  readonly settings: CollectSettings;
  /** The report of before, if any. */
  readonly previous: Report | undefined;
  readonly onStep: CollectOptions["onStep"];
  readonly now: () => Instant;
  /** How long it goes on asking, in milliseconds; what is left is missing then. */
  readonly longestMs?: number;
}

/** Rejects with `GitHubError` when there is no such user, no credential is accepted or a limit is used up for long. What else fails is in `coverage`. */
export async function generateReport(options: GenerateOptions): Promise<Report> {
  const dataAt = options.now();
  const span = spanOf(options.days, dataAt);
  const { longestMs = Number.POSITIVE_INFINITY } = options;
  const gaps = createGaps(() => options.now() - dataAt > longestMs);
  const collected = await collect({ ...options, span, gaps });
  options.onStep("Putting it together", 99);
  const cost = options.client.cost();
  return assemble({
    collected,
    missing: gaps.list(),
    days: options.days,
    span,
    dataAt,
    madeAt: options.now(),
    quota: { ...cost, stored: cost.stored + collected.reused },
  });
}

interface Parts extends Pick<Report, "dataAt" | "madeAt" | "quota"> {
  readonly collected: Collected;
  readonly missing: Gap[];
  readonly days: Days;
  readonly span: Span;
}

function assemble({ collected, missing, days, span, ...rest }: Parts): Report {
  const repositories = inOrder(repositoriesOf(collected), span.isAllTime);
  const pulls = repositories.flatMap((repository) => repository.pulls);
  const { reviewed, issues } = collected;
  const { sinceAt, untilAt } = span;
  const events = pulls.map(({ createdAt, state }) => ({ at: createdAt, state }));
  const from = span.isAllTime ? undefined : sinceAt;
  const activity = activityOf(events, PULL_STATES, { sinceAt: from, untilAt });
  return {
    version: REPORT_VERSION,
    login: collected.user.login,
    profile: profileOf(collected),
    period: { ...days, sinceAt: from ?? null, untilAt },
    ...rest,
    totals: { ...totalsOf(repositories), reviewed, issues },
    languages: languageShares(pulls.map(({ languages }) => languages ?? {})),
    sizes: sizeDistribution(pulls),
    roles: rolesOf(repositories),
    activity: { step: activity.step, buckets: [...activity.buckets] },
    repositories,
    coverage: {
      complete: missing.every(({ final }) => final),
      missing,
      pullsWithFiles: pulls.filter(({ additions }) => additions !== null).length,
    },
  };
}

function repositoriesOf({ pulls, repositories }: Collected): Repository[] {
  return [...repositories].map(([name, { about, stars }]) => {
    const own = pulls.filter(({ repository }) => repository === name).map(pullOf);
    return {
      name,
      owner: name.split("/")[0] as string,
      url: about?.html_url ?? (own[0]?.url ?? "").replace(/\/pull\/\d+$/, ""),
      description: about?.description ?? null,
      role: roleOf(own),
      stars,
      pulls: own,
    };
  });
}

function pullOf({ found, changes }: CollectedPull): Pull {
  return {
    number: found.number,
    title: found.title,
    url: found.html_url,
    author: found.user?.login ?? null,
    state: stateOf(found.state, found.pull_request.merged_at),
    createdAt: found.created_at,
    updatedAt: found.updated_at,
    closedAt: found.closed_at ?? null,
    mergedAt: found.pull_request.merged_at ?? null,
    role: found.author_association ?? null,
    ...numbersOf(changes),
  };
}

type Numbers = Pick<
  Pull,
  "additions" | "deletions" | "changedFiles" | "size" | "languages" | "capped"
>;

function numbersOf(changes: CollectedPull["changes"]): Numbers {
  if (changes === null) {
    const unknown = { additions: null, deletions: null, changedFiles: null };
    return { ...unknown, size: null, languages: null, capped: false };
  }
  const { additions, deletions, capped } = changes;
  if ("size" in changes) {
    const { changedFiles, size, languages } = changes;
    return { additions, deletions, changedFiles, size, languages, capped };
  }
  return {
    additions: changes.additions,
    deletions: changes.deletions,
    changedFiles: changes.names.length,
    size: sizeOf(changes.additions + changes.deletions),
    languages: countLanguages(changes.names),
    capped,
  };
}

function profileOf({ user, social }: Collected): Profile {
  return {
    login: user.login,
    name: user.name,
    bio: user.bio,
    company: user.company,
    location: user.location,
    blog: user.blog,
    twitter: user.twitter_username,
    avatarUrl: user.avatar_url,
    url: user.html_url ?? `https://github.com/${user.login}`,
    social: [...social],
  };
}
