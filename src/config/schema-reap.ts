/** The reaper: where the custom domains of a pages server stand, who judges them, and what holds it back. */
import { sourceUrlFault } from "./addresses.ts";
import { choice, duration, integer, list, section, share, text, timeout, toggle } from "./kinds.ts";
import { notes } from "./notes.ts";
import { redisSchema } from "./schema-redis.ts";
import { nameFault, tokenFault } from "./texts.ts";

/** Schedules that have a word. */
export const CRON_PATTERNS: Readonly<Record<string, string>> = {
  hourly: "17 * * * *",
  "6-hourly": "17 */6 * * *",
  daily: "17 3 * * *",
};

const SCHEDULE = "hourly, 6-hourly, daily or a cron pattern such as 30 3 * * 1";

function scheduleFault(word: string): string | undefined {
  const isFault = !(word in CRON_PATTERNS) && !isPattern(word);
  return isFault ? `must be ${SCHEDULE}` : undefined;
}

/** Five or six fields; what each may hold is for the scheduler to say when the worker starts. */
function isPattern(pattern: string): boolean {
  return /^[\dA-Za-z*?/,#-]+(?: [\dA-Za-z*?/,#-]+){4,5}$/.test(pattern);
}

function zoneFault(zone: string): string | undefined {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return undefined;
  } catch {
    return "must be a time zone such as Europe/Berlin";
  }
}

/** A part of keys: nothing that would split or match others. */
function keyPartFault(part: string): string | undefined {
  return /^[\x21-\x7e]{1,200}$/.test(part) && !/[*?[\]\\]/.test(part)
    ? undefined
    : "must be visible ASCII characters without spaces, *, ?, brackets and backslashes";
}

const pages = section({
  redis: redisSchema
    .optional()
    .describe("The Redis that the pages server writes to; nothing of Warmfront's own may be there.")
    .register(notes, { env: ["PAGES_REDIS_URL"] }),
  root_key: text("a key", keyPartFault)
    .default("traefik")
    .describe("`traefikRedisRootKey` of the pages server."),
  mapping_prefix: text("a key prefix", keyPartFault)
    .default("custom_domain:")
    .describe("What the keys of custom domains start with."),
});

const forge = section({
  host: text("a URL such as https://git.example.org", sourceUrlFault)
    .optional()
    .describe("Base URL of the Forgejo or Gitea that holds the repositories.")
    .register(notes, { env: ["FORGEJO_HOST"] }),
  token: text("a token", tokenFault)
    .optional()
    .describe(
      "Token that may read repositories; an administrator's sees also those that are private.",
    )
    .register(notes, { env: ["FORGEJO_TOKEN"], secret: "all" }),
  concurrency: integer(1, 64).default(4).describe("Requests to the forge at a time."),
  timeout: timeout().default("10s").describe("Longest that one request takes."),
  attempts: integer(1, 10)
    .default(3)
    .describe("How often a request is tried when the forge is busy or the connection breaks."),
  longest_wait: duration({ max: "1h" })
    .default("60s")
    .describe("Longest `Retry-After` that is waited for; beyond it the mapping is kept unjudged."),
});

const rule = section({
  name: text("a name", nameFault).describe("Name of the rule, for reports."),
  key: text("a key such as avatar:{user}:{size}").describe(
    "Keys that it is about; each name in braces stands for one or more characters other than a colon.",
  ),
  owner: text("a URL such as https://git.example.org/api/v1/users/{user}").describe(
    "URL that tells whether the owner of a key is there, with the same names in braces.",
  ),
  gone: list(integer(400, 499), "statuses")
    .default([404, 410])
    .describe("Statuses that mean that the owner is gone; every other answer keeps the key."),
});

export const reapSchema = section({
  mode: choice(["dry-run", "apply"])
    .default("dry-run")
    .describe("Whether scheduled runs only report dead mappings, or remove them.")
    .register(notes, { env: ["REAP_MODE"] }),
  schedule: text(SCHEDULE, scheduleFault)
    .optional()
    .describe(
      "When runs start: hourly, 6-hourly or daily (17 minutes past the hour, daily at 03:17), or a cron pattern.",
    )
    .register(notes, { env: ["REAP_SCHEDULE"], fallback: "only by command" }),
  time_zone: text("a time zone", zoneFault)
    .default("UTC")
    .describe("Time zone of the schedule, such as Europe/Berlin."),
  pages: pages.prefault({}).describe("The pages server's own Redis."),
  forge: forge.prefault({}).describe("The forge that says what is still there."),
  strikes: section({
    count: integer(1, 1_000)
      .default(3)
      .describe("Runs in a row that must miss a repository that could be private."),
    over: duration({ max: "365d" })
      .default("1d")
      .describe("Least time between the first of them and the last."),
  })
    .prefault({})
    .describe("Patience with repositories that could be private instead of gone."),
  brake: section({
    mappings: integer(0, 1_000_000_000)
      .default(10)
      .describe("A run may remove so many mappings, whatever their share."),
    share: share().default("20%").describe("Share of all mappings that a run may remove."),
    unsure: share()
      .default("50%")
      .describe("Share of repositories that may stay unjudged before nothing is removed."),
  })
    .prefault({})
    .describe("What stops a run before it removes anything."),
  keep_records: duration({ min: "1h", max: "3650d" })
    .default("30d")
    .describe("How long removals can be undone."),
  dns_proof: toggle()
    .default(false)
    .describe("Whether the TXT records of live domains are looked up and reported."),
  rules: list(rule, "rules")
    .default([])
    .describe("Other families of keys in the pages server's Redis that have an owner."),
});
