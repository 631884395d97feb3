/** What somebody did in public, found by search: GitHub shows 1,000 results of each, so that long lists are asked for in parts. */
import { z } from "zod";
import type { Instant } from "../fields.ts";
import type { GitHubClient } from "./client.ts";
import { GitHubError } from "./failure.ts";
import { isLogin } from "./login.ts";

const at = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const item = z.object({
  node_id: z.string(),
  number: z.int(),
  title: z.string(),
  html_url: z.string(),
  repository_url: z.string(),
  /** Null: the account is gone. */
  user: z.object({ login: z.string() }).nullish(),
  state: z.string(),
  created_at: at,
  updated_at: at,
  closed_at: at.nullish(),
  author_association: z.string().nullish(),
  pull_request: z.object({ merged_at: at.nullish() }),
});

export type FoundPull = z.output<typeof item>;

/** The paging plugin puts the totals beside the items. */
const page = z.custom<unknown[] & { total_count?: number; incomplete_results?: boolean }>(
  Array.isArray,
);
const total = z.object({ total_count: z.int(), incomplete_results: z.boolean().optional() });

export interface SearchedPulls {
  /** Newest first, each once. */
  readonly pulls: readonly FoundPull[];
  /** Found by GitHub, but not to be had: how many at least. */
  readonly lost: number;
  /** Results that are not what a pull request is. */
  readonly odd: number;
}

interface Range {
  readonly since: Instant;
  readonly until: Instant;
}

/** Most results of one search that GitHub shows. */
const MOST_RESULTS = 1_000;
/** Results that a part should have: some are added while others are read. */
const PART_RESULTS = 800;
const SHORTEST_MS = 1_000;
/** A search that broke off over less than this is believed as far as it goes. */
const DAY_MS = 86_400_000;
/** So many searches that broke off are asked again in halves: a GitHub that breaks off every search is not asked for every day. */
const MOST_HALVED = 20;

/** Public pull requests that somebody opened between two instants. `onFound` is told how many so far. */
export async function searchPulls(
  client: GitHubClient,
  login: string,
  range: Range,
  onFound: (found: number) => void,
): Promise<SearchedPulls> {
  const found = new Map<string, FoundPull>();
  let lost = 0;
  let odd = 0;
  let brokenOff = 0;
  const search = async (part: Range): Promise<void> => {
    const mayHalve = brokenOff < MOST_HALVED;
    const outcome = await searchPart(client, login, { ...part, mayHalve }, (results) => {
      for (const result of results) {
        const read = item.safeParse(result);
        if (read.success) found.set(read.data.node_id, read.data);
        else odd++;
      }
      onFound(found.size);
    });
    lost += outcome.lost;
    if (outcome.brokeOff) brokenOff++;
    for (const smaller of outcome.parts) await search(smaller);
  };
  await search(range);
  const pulls = [...found.values()].toSorted((a, b) => b.created_at - a.created_at);
  return { pulls, lost, odd };
}

interface PartOutcome {
  /** To be asked for instead. */
  readonly parts: readonly Range[];
  readonly lost: number;
  readonly brokeOff: boolean;
}

interface Part extends Range {
  /** Whether a search that broke off is asked in halves. */
  readonly mayHalve: boolean;
}

async function searchPart(
  client: GitHubClient,
  login: string,
  part: Part,
  take: (results: readonly unknown[]) => void,
): Promise<PartOutcome> {
  const q = queryOf("is:pr author", login, part);
  const parameters = { q, sort: "created", order: "desc", per_page: 100 };
  let expected = 0;
  let seen = 0;
  let brokeOff = false;
  for await (const results of client.pages("GET /search/issues", parameters, page)) {
    expected = results.total_count ?? expected;
    brokeOff ||= results.incomplete_results === true;
    const parts = split(part, expected, brokeOff && part.mayHalve);
    if (parts.length > 0) return { parts, lost: 0, brokeOff };
    take(results);
    seen += results.length;
  }
  return { parts: [], lost: Math.max(brokeOff ? 1 : 0, expected - seen), brokeOff };
}

/** The newest part first. Nothing when there is no need, or no way. */
function split({ since, until }: Range, expected: number, brokeOff: boolean): Range[] {
  const least = brokeOff && expected <= MOST_RESULTS ? DAY_MS : SHORTEST_MS;
  const count = brokeOff ? 2 : Math.ceil(expected / PART_RESULTS);
  if ((expected <= MOST_RESULTS && !brokeOff) || until - since < 2 * least) return [];
  // Both ends belong to the range, to the second.
  const step = Math.ceil((until - since + 1_000) / count / 1_000) * 1_000;
  const parts: Range[] = [];
  for (let start = since; start <= until; start += step)
    parts.unshift({ since: start, until: Math.min(start + step - 1_000, until) });
  return parts;
}

/** How many results a search has; `what` is `is:pr reviewed-by` and the like. */
export async function countResults(
  client: GitHubClient,
  what: "is:issue author" | "is:pr reviewed-by",
  login: string,
  range: Range,
): Promise<number> {
  const others = what === "is:pr reviewed-by" ? ` -author:${login}` : "";
  const q = queryOf(what, login, range) + others;
  const { total_count } = await client.get("GET /search/issues", { q, per_page: 1 }, total);
  return total_count;
}

/** `is:public` always: whoever lends the token may see more than the readers of a report may. */
function queryOf(what: string, login: string, { since, until }: Range): string {
  if (!isLogin(login)) throw new GitHubError("not-found", "That is not a GitHub login.");
  return `${what}:${login} is:public created:${seconds(since)}..${seconds(until)}`;
}

function seconds(instant: Instant): string {
  return `${new Date(instant).toISOString().slice(0, 19)}Z`;
}
