/** With what GitHub is asked: personal tokens, the token of a signed-in user, or those of an app's installation. */
import { hash } from "node:crypto";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/core";
import { GitHubError } from "./failure.ts";

export interface Credential {
  /** Names its share of every limit; tells nothing of the token. */
  readonly name: string;
  /** The value of Authorization, or nothing. Rejects when none can be had, for good with `GitHubError` of fault `unauthorized`. */
  header(): Promise<string | undefined>;
}

export interface AppSettings {
  readonly id: string;
  readonly installationId: string;
  /** PEM. */
  readonly privateKey: string;
}

/** A personal token, or one that a user gave. */
export function tokenCredential(token: string): Credential {
  // Limits count for the token, so each has a name of its own.
  return {
    name: hash("sha256", `Bearer ${token}`).slice(0, 8),
    header: async () => `Bearer ${token}`,
  };
}

/** Without a token GitHub answers little, and slowly. */
export const ANONYMOUS: Credential = { name: "anonymous", header: async () => undefined };

/** Tokens of an installation last an hour; new ones are fetched by and by. */
export function appCredential(
  { id, installationId, privateKey }: AppSettings,
  apiUrl: string,
  fetch: typeof globalThis.fetch,
): Credential {
  const auth = createAppAuth({
    appId: id,
    privateKey,
    installationId,
    request: new Octokit({ baseUrl: apiUrl, request: { fetch } }).request,
  });
  return {
    name: `app-${hash("sha256", `${id} ${installationId}`).slice(0, 8)}`,
    async header() {
      const { token } = await auth({ type: "installation" }).catch(asRefusal);
      return `Bearer ${token}`;
    },
  };
}

/** What has no status is a key that is none; without an answer Octokit says 500. */
function asRefusal(thrown: { readonly status?: number }): never {
  const { status = 401 } = thrown;
  if (status >= 500 || status === 429) throw thrown;
  throw new GitHubError("unauthorized", "GitHub gives the app no token.");
}
