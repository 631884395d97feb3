/** The pages of reports: where visitors reach them, how they sign in, what is told to search engines and others. */
import { z } from "zod";
import { isLoopback } from "./addresses.ts";
import { duration, integer, list, section, text, toggle } from "./kinds.ts";
import { notes } from "./notes.ts";
import { gitHubAccess } from "./schema-github.ts";
import { tokenFault } from "./texts.ts";

const ORIGIN = "a URL without a path, such as https://reports.example.org";

function originFault(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || value !== url.origin || !/^https?:$/.test(url.protocol))
    return `must be ${ORIGIN}`;
  const isPlain = url.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
  return isPlain
    ? "must start with https://, unless it is this machine's own: over plain http others could take over sessions"
    : undefined;
}

/** As GitBrag had it: the address of the callback. */
function withoutCallback(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/\/(?:auth\/callback\/?)?$/, "") : value;
}

export const publicUrlSchema = z
  .preprocess(withoutCallback, text(ORIGIN, originFault))
  .optional()
  .describe("Scheme, host and port under which visitors reach the pages of reports.")
  .register(notes, {
    env: ["PUBLIC_URL", "OAUTH_CALLBACK_URL"],
    fallback: "`http://localhost` with `listen.port`",
  });

function gitHubUrlFault(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isFault =
    url === undefined || value !== url.origin + url.pathname.replace(/\/+$/, "") || url.search;
  return isFault ? "must be a URL such as https://github.com" : undefined;
}

function scopesFault(scopes: string): string | undefined {
  return /^[\w:]+(?: [\w:]+)*$/.test(scopes) ? undefined : "must be names apart by spaces";
}

/** How visitors sign in: an OAuth app, or a GitHub App, registered with GitHub. */
const oauthSchema = section({
  url: text("a URL such as https://github.com", gitHubUrlFault)
    .default("https://github.com")
    .describe("Where visitors sign in: GitHub, or an Enterprise server.")
    .register(notes, { env: ["GITHUB_OAUTH_URL"] }),
  client_id: text("a client id", tokenFault)
    .optional()
    .describe("Client id of the app that is registered with GitHub; without it nobody signs in.")
    .register(notes, { env: ["GITHUB_OAUTH_CLIENT_ID", "GITHUB_APP_CLIENT_ID"] }),
  client_secret: text("a client secret", tokenFault)
    .optional()
    .describe("Client secret of that app.")
    .register(notes, {
      env: ["GITHUB_OAUTH_CLIENT_SECRET", "GITHUB_APP_CLIENT_SECRET"],
      secret: "all",
    }),
  scopes: text("names apart by spaces", scopesFault)
    .default("read:user")
    .describe("What visitors are asked to allow, names apart by spaces; reports need no more.")
    .register(notes, { env: ["OAUTH_SCOPES"] }),
}).refine(isWhole, { error: "needs client_id and client_secret, or neither of them" });

function isWhole(words: { client_id?: unknown; client_secret?: unknown }): boolean {
  return (words.client_id === undefined) === (words.client_secret === undefined);
}

/** GitHub, or an Enterprise server. */
export const gitHubSchema = section({
  api_url: text("a URL such as https://api.github.com", gitHubUrlFault)
    .default("https://api.github.com")
    .describe("Base address of the REST API; of an Enterprise server it ends in /api/v3.")
    .register(notes, { env: ["GITHUB_API_URL"] }),
  oauth: oauthSchema.prefault({}).describe("How visitors sign in to have reports made."),
  ...gitHubAccess,
});

function loginFault(login: string): string | undefined {
  return /^[A-Za-z\d][A-Za-z\d_-]{0,38}$/.test(login) ? undefined : "must be a GitHub login";
}

const login = () => text("a GitHub login", loginFault);

function scriptFault(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  return url?.protocol === "https:" ? undefined : "must be a URL that starts with https://";
}

/** Plain digits out of the environment are seconds, as GitBrag had it. */
function life(standard: string) {
  const seconds = (value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value) ? `${value}s` : value;
  return z.preprocess(seconds, duration({ min: "1m", max: "365d" })).default(standard);
}

export const siteSchema = section({
  enabled: toggle()
    .optional()
    .describe("Whether the pages and the API of reports are served.")
    .register(notes, {
      env: ["SITE_ENABLED"],
      fallback: "true when `github.oauth.client_id` is set",
    }),
  indexed: toggle()
    .default(false)
    .describe("Whether search engines may list the pages.")
    .register(notes, { env: ["SITE_INDEXED"] }),
  example: login()
    .optional()
    .describe("Login whose report is the example on the start page.")
    .register(notes, { env: ["EXAMPLE_USERNAME"] }),
  analytics_script: text("a URL that starts with https://", scriptFault)
    .optional()
    .describe("Script of an analytics service to load on every page.")
    .register(notes, { env: ["ANALYTICS_SCRIPT"] }),
  opt_out: list(login(), "logins")
    .default([])
    .describe("Logins about whom no report is made or shown, beside those who opted out."),
  session_max_age: life("30d")
    .describe("Longest that visitors stay signed in; plain digits are seconds.")
    .register(notes, { env: ["SESSION_MAX_AGE"] }),
  session_idle: life("7d")
    .describe("Longest that visitors stay signed in without coming back.")
    .register(notes, { env: ["SESSION_IDLE"] }),
  stale_after: life("1d")
    .describe("Age from which visitors are offered to have a report made anew.")
    .register(notes, { env: ["REPORT_CACHE_STALE_AGE"] }),
  reports_per_hour: integer(1, 100_000)
    .default(30)
    .describe("Reports that one visitor may have made within an hour."),
});
