import type { z } from "zod";
import { milliseconds } from "./compile-words.ts";
import type { gitHubSchema, siteSchema } from "./schema-site.ts";
import type { SiteSettings } from "./site.ts";

type Words = z.output<typeof siteSchema>;
type GitHubWords = z.output<typeof gitHubSchema>;

/** Undefined when there are no pages. `port` is where the process listens. */
export function compileSite(
  words: Words,
  gitHub: GitHubWords,
  publicUrl: string | undefined,
  port: number,
): SiteSettings | undefined {
  const signIn = compileOAuth(gitHub.oauth);
  if (!(words.enabled ?? signIn !== undefined)) return undefined;
  const { example, analytics_script: analytics } = words;
  return {
    origin: publicUrl ?? `http://localhost:${port}`,
    indexed: words.indexed,
    ...(example !== undefined && { example }),
    ...(analytics !== undefined && { analytics }),
    optOut: words.opt_out.map((login) => login.toLowerCase()),
    staleAfterMs: milliseconds(words.stale_after),
    reportsPerHour: words.reports_per_hour,
    apiUrl: gitHub.api_url,
    session: {
      lifeMs: milliseconds(words.session_max_age),
      idleMs: milliseconds(words.session_idle),
    },
    ...(signIn && { oauth: signIn }),
  };
}

function compileOAuth({ url, scopes, ...words }: GitHubWords["oauth"]): SiteSettings["oauth"] {
  const { client_id: clientId, client_secret: clientSecret } = words;
  if (clientId === undefined || clientSecret === undefined) return undefined;
  return { url, clientId, clientSecret, scopes: scopes.split(" ") };
}
