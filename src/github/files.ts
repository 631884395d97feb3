/** What a pull request changed. */
import { z } from "zod";
import type { GitHubClient } from "./client.ts";

const page = z.array(
  z.object({
    filename: z.string(),
    additions: z.number().nullish(),
    deletions: z.number().nullish(),
  }),
);

const changes = z.object({
  names: z.array(z.string()),
  additions: z.int(),
  deletions: z.int(),
  /** GitHub lists no further files. */
  capped: z.boolean(),
});

export type Changes = Readonly<z.output<typeof changes>>;

/** Most files of one pull request that GitHub lists. */
const MOST_FILES = 3_000;

export interface PullName {
  /** `owner/name` */
  readonly repository: string;
  readonly number: number;
  /** What was stored before this instant is of an earlier state. */
  readonly updatedAt: number;
}

export function fetchChanges(
  client: GitHubClient,
  { repository, number, updatedAt }: PullName,
  ttlMs: number,
): Promise<Changes> {
  const name = `files ${repository}#${number} ${updatedAt}`;
  return client.stored(name, ttlMs, changes, async () => {
    const [owner, repo] = repository.split("/");
    const names: string[] = [];
    let additions = 0;
    let deletions = 0;
    const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}/files";
    const parameters = { owner, repo, pull_number: number, per_page: 100 };
    for await (const files of client.pages(route, parameters, page))
      for (const file of files) {
        names.push(file.filename);
        additions += Math.max(0, file.additions ?? 0);
        deletions += Math.max(0, file.deletions ?? 0);
      }
    return { names, additions, deletions, capped: names.length >= MOST_FILES };
  });
}
