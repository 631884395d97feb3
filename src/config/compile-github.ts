import type { z } from "zod";
import { milliseconds } from "./compile-words.ts";
import type { GitHubSettings } from "./github.ts";
import { splitTokens } from "./schema-github.ts";
import type { gitHubSchema } from "./schema-site.ts";

export function compileGitHub(words: z.output<typeof gitHubSchema>): GitHubSettings {
  const { id, installation_id: installationId, private_key: privateKey } = words.app;
  const isWhole = id !== undefined && installationId !== undefined && privateKey !== undefined;
  return {
    apiUrl: words.api_url,
    tokens: splitTokens(words.token ?? ""),
    ...(isWhole && { app: { id, installationId, privateKey } }),
    filesTtlMs: milliseconds(words.files_ttl),
    starsTtlMs: milliseconds(words.stars_ttl),
    pullsAtATime: words.pulls_at_a_time,
    repositoriesAtATime: words.repositories_at_a_time,
  };
}
