/** What a repository is, and how many stars it has or has gained. */
import { z } from "zod";
import type { Instant } from "../fields.ts";
import type { GitHubClient } from "./client.ts";
import { GitHubError } from "./failure.ts";

const repository = z.object({
  /** As it is named today. */
  full_name: z.string(),
  html_url: z.string(),
  description: z.string().nullish(),
  stargazers_count: z.int(),
});

export type FoundRepository = Readonly<z.output<typeof repository>>;

/** A description may be this old. */
const REPOSITORY_MS = 6 * 3_600_000;

export function fetchRepository(client: GitHubClient, name: string): Promise<FoundRepository> {
  const [owner, repo] = name.split("/");
  return client.stored(`repository ${name}`, REPOSITORY_MS, repository, () =>
    client.get("GET /repos/{owner}/{repo}", { owner, repo }, repository),
  );
}

const gained = z.object({ count: z.int(), atLeast: z.boolean() });

export type StarsGained = Readonly<z.output<typeof gained>>;

const STARS = `query ($owner: String!, $name: String!, $after: String) {
  repository(owner: $owner, name: $name) {
    stargazers(first: 100, after: $after, orderBy: { field: STARRED_AT, direction: DESC }) {
      edges { starredAt }
      pageInfo { endCursor hasNextPage }
    }
  }
}`;

const starsPage = z.object({
  repository: z
    .object({
      stargazers: z.object({
        edges: z.array(z.object({ starredAt: z.string() })),
        pageInfo: z.object({ endCursor: z.string().nullable(), hasNextPage: z.boolean() }),
      }),
    })
    .nullable(),
});

/** Counting stops here. */
const MOST_STARS = 1_000;
/** Pages of 100 that are looked through for a period that ended long ago. */
const MOST_PAGES = 30;

export interface StarPeriod {
  readonly sinceAt: Instant;
  readonly untilAt: Instant;
  /** Of both ends: with the same days, nothing is asked again for `ttlMs`. */
  readonly days: string;
}

/** Stars that were given within a period and are still there. */
export function fetchStarsGained(
  client: GitHubClient,
  name: string,
  period: StarPeriod,
  ttlMs: number,
): Promise<StarsGained> {
  return client.stored(`stars ${name} ${period.days}`, ttlMs, gained, () =>
    countStars(client, name, period),
  );
}

async function countStars(
  client: GitHubClient,
  fullName: string,
  { sinceAt, untilAt }: StarPeriod,
): Promise<StarsGained> {
  const [owner, name] = fullName.split("/");
  let count = 0;
  let after: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const data: z.output<typeof starsPage> = await client.graphql(
      STARS,
      { owner, name, after },
      starsPage,
    );
    if (data.repository === null) throw new GitHubError("not-found", "GitHub does not know it.");
    const { edges, pageInfo } = data.repository.stargazers;
    const times = edges.map(({ starredAt }) => Date.parse(starredAt));
    count += times.filter((at) => at >= sinceAt && at <= untilAt).length;
    if (count >= MOST_STARS) return { count: MOST_STARS, atLeast: true };
    if (!pageInfo.hasNextPage || times.some((at) => at < sinceAt)) return { count, atLeast: false };
    after = pageInfo.endCursor;
  }
  throw new GitHubError("refused", "It has too many newer stars to look through.");
}
