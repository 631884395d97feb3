import type { z } from "zod";
import { milliseconds } from "./compile-words.ts";
import type { oauthSchema, siteSchema } from "./schema-site.ts";
import type { SiteSettings } from "./site.ts";

type Words = z.output<typeof siteSchema>;
type OAuthWords = z.output<typeof oauthSchema>;

/** Undefined when there are no pages. `port` is where the process listens. */
export function compileSite(
  words: Words,
  oauth: OAuthWords,
  publicUrl: string | undefined,
  port: number,
): SiteSettings | undefined {
  const signIn = compileOAuth(oauth);
  if (!(words.enabled ?? signIn !== undefined)) return undefined;
  const { example, analytics_script: analytics } = words;
  return {
    origin: publicUrl ?? `http://localhost:${port}`,
    indexed: words.indexed,
    ...(example !== undefined && { example }),
    ...(analytics !== undefined && { analytics }),
    optOut: words.opt_out.map((login) => login.toLowerCase()),
    session: {
      lifeMs: milliseconds(words.session_max_age),
      idleMs: milliseconds(words.session_idle),
    },
    ...(signIn && { oauth: signIn }),
  };
}

function compileOAuth({ url, scopes, ...words }: OAuthWords): SiteSettings["oauth"] {
  const { client_id: clientId, client_secret: clientSecret } = words;
  if (clientId === undefined || clientSecret === undefined) return undefined;
  return { url, clientId, clientSecret, scopes: scopes.split(" ") };
}
