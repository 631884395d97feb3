/** Who somebody is on GitHub. */
import { z } from "zod";
import type { GitHubClient } from "./client.ts";
import { GitHubError } from "./failure.ts";
import { isLogin } from "./login.ts";

const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? null);

const user = z.object({
  login: z.string(),
  name: text,
  bio: text,
  company: text,
  location: text,
  blog: text,
  twitter_username: text,
  avatar_url: text,
  html_url: text,
});

const accounts = z.array(z.object({ provider: z.string(), url: z.string() }));

export type GitHubUser = z.output<typeof user>;

/** Rejects with fault `not-found` when there is no such user. */
export async function fetchUser(client: GitHubClient, login: string): Promise<GitHubUser> {
  if (!isLogin(login)) throw new GitHubError("not-found", "That is not a GitHub login.");
  try {
    return await client.get("GET /users/{username}", { username: login }, user);
  } catch (thrown) {
    if (!(thrown instanceof GitHubError) || thrown.fault !== "not-found") throw thrown;
    throw new GitHubError("not-found", `GitHub knows no user ${login}.`);
  }
}

/** Accounts elsewhere. Servers that do not have them yet have none. */
export async function fetchSocialAccounts(
  client: GitHubClient,
  login: string,
): Promise<z.output<typeof accounts>> {
  try {
    const route = "GET /users/{username}/social_accounts";
    return await client.get(route, { username: login }, accounts);
  } catch (thrown) {
    if (thrown instanceof GitHubError && thrown.fault === "not-found") return [];
    throw thrown;
  }
}
