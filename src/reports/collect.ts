/** What a report is made of, asked of GitHub. */
import type { GitHubClient } from "../github/client.ts";
import { type Changes, fetchChanges, type PullName } from "../github/files.ts";
import { fetchSocialAccounts, fetchUser, type GitHubUser } from "../github/profile.ts";
import { type FoundRepository, fetchRepository, fetchStarsGained } from "../github/repository.ts";
import { countResults, type FoundPull, searchPulls } from "../github/search.ts";
import type { Gaps } from "./gaps.ts";
import { inParallel } from "./in-parallel.ts";
import type { Span } from "./period.ts";
import type { Pull, Report, Stars } from "./report.ts";

export interface CollectOptions {
  readonly client: GitHubClient;
  readonly login: string;
  readonly span: Span;
  /** Whether stars that were gained in the period are counted. */
  readonly starIncrease: boolean;
  /** The report of before: what has not changed since is not asked again. */
  readonly previous: Report | undefined;
  readonly settings: CollectSettings;
  readonly gaps: Gaps;
  /** How far it is, in percent of the whole. */
  readonly onStep: (step: string, percent: number, counts?: Counts) => void;
}

export interface CollectSettings {
  /** How long the files of a pull request, and the stars of a repository, are kept. */
  readonly filesTtlMs: number;
  readonly starsTtlMs: number;
  /** Asked about at a time. */
  readonly pullsAtATime: number;
  readonly repositoriesAtATime: number;
}

type Counts = { readonly done: number; readonly of: number };

export interface Collected {
  readonly user: GitHubUser;
  readonly social: readonly { provider: string; url: string }[];
  readonly pulls: readonly CollectedPull[];
  readonly repositories: ReadonlyMap<string, CollectedRepository>;
  readonly reviewed: number | null;
  readonly issues: number | null;
  /** Pull requests whose files were known from the report of before. */
  readonly reused: number;
}

export interface CollectedPull {
  readonly found: FoundPull;
  /** `owner/name` */
  readonly repository: string;
  /** Null: not known. As it was in the report of before, when nothing has changed. */
  readonly changes: Changes | Pull | null;
}

export interface CollectedRepository {
  readonly about: FoundRepository | null;
  readonly stars: Stars | null;
}

export async function collect(options: CollectOptions): Promise<Collected> {
  const { client, login, span, gaps, onStep } = options;
  onStep("Looking up the user", 1);
  const user = await fetchUser(client, login);
  const social = await gaps.orNull("social", () => fetchSocialAccounts(client, login));
  const range = { since: span.sinceAt, until: span.untilAt };
  onStep("Searching for pull requests", 3);
  const searched = await searchPulls(client, login, range, (found) =>
    onStep(`Searching for pull requests: ${found} so far`, 5),
  );
  noteSearch(gaps, searched);
  const count = (what: "reviewed" | "issues", query: Parameters<typeof countResults>[1]) =>
    gaps.orNull(what, () => countResults(client, query, login, range));
  const reviewed = await count("reviewed", "is:pr reviewed-by");
  const issues = await count("issues", "is:issue author");
  const { pulls, reused } = await collectChanges(options, searched.pulls);
  const repositories = await collectRepositories(options, pulls);
  return { user, social: social ?? [], pulls, repositories, reviewed, issues, reused };
}

function noteSearch(gaps: Gaps, { lost, odd }: { lost: number; odd: number }): void {
  if (lost > 0) gaps.add("pulls", "GitHub's search did not give all that it found.", false, lost);
  if (odd > 0) gaps.add("pulls", "GitHub's search gave something else.", true, odd);
}

async function collectChanges(
  { client, previous, settings, gaps, onStep }: CollectOptions,
  found: readonly FoundPull[],
): Promise<{ pulls: CollectedPull[]; reused: number }> {
  const known = knownPulls(previous);
  let done = 0;
  let reused = 0;
  const pulls = await inParallel(found, settings.pullsAtATime, async (pull) => {
    const repository = repositoryOf(pull);
    const name = { repository, number: pull.number, updatedAt: pull.updated_at };
    const old = known.get(nameOf(name));
    const changes =
      old ?? (await gaps.orNull("files", () => fetchChanges(client, name, settings.filesTtlMs)));
    if (old !== undefined) reused++;
    done++;
    onStep("Reading changed files", 10 + (70 * done) / found.length, { done, of: found.length });
    return { found: pull, repository, changes };
  });
  return { pulls, reused };
}

function nameOf({ repository, number, updatedAt }: PullName): string {
  return `${repository}#${number} ${updatedAt}`;
}

/** Those of the report of before whose files it knows. */
function knownPulls(report: Report | undefined): ReadonlyMap<string, Pull> {
  return new Map(
    (report?.repositories ?? []).flatMap(({ name, pulls }) =>
      pulls
        .filter(({ additions }) => additions !== null)
        .map((pull): [string, Pull] => [nameOf({ repository: name, ...pull }), pull]),
    ),
  );
}

/** The last two parts of `https://api.github.com/repos/owner/name`. */
function repositoryOf({ repository_url: url }: FoundPull): string {
  return url.split("/").slice(-2).join("/");
}

async function collectRepositories(
  options: CollectOptions,
  pulls: readonly CollectedPull[],
): Promise<ReadonlyMap<string, CollectedRepository>> {
  const { client, settings, gaps, onStep } = options;
  const names = [...new Set(pulls.map(({ repository }) => repository))];
  let done = 0;
  const each = await inParallel(names, settings.repositoriesAtATime, async (name) => {
    const about = await gaps.orNull("repositories", () => fetchRepository(client, name));
    const stars = await starsOf(options, name, about);
    done++;
    onStep("Counting stars", 80 + (18 * done) / names.length, { done, of: names.length });
    return [name, { about, stars }] as const;
  });
  return new Map(each);
}

/** All stars for all time, else those gained in the period. */
async function starsOf(
  { client, span, starIncrease, settings, gaps }: CollectOptions,
  name: string,
  about: FoundRepository | null,
): Promise<Stars | null> {
  if (!starIncrease) return null;
  if (span.isAllTime)
    return about === null ? null : { count: about.stargazers_count, atLeast: false };
  if (client.anonymous) {
    gaps.add("stars", "GitHub tells when stars were given only to those with a token.", true);
    return null;
  }
  const period = { ...span, days: `${span.since}..${span.until}` };
  return gaps.orNull("stars", () =>
    fetchStarsGained(client, about?.full_name ?? name, period, settings.starsTtlMs),
  );
}
