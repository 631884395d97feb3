/** The settings of one route, as they stand in the file. */
import { z } from "zod";
import { sourceUrlFault } from "./addresses.ts";
import {
  choice,
  duration,
  integer,
  list,
  section,
  share,
  size,
  text,
  timeout,
  toggle,
} from "./kinds.ts";
import { notes } from "./notes.ts";
import { bypass, guards, key } from "./schema-rules.ts";
import { forwardFault, nameFault, pathFault, prefixFault } from "./texts.ts";

/** Request fields that preset `api` forwards when the route lists none. */
const FORWARDED = ["accept", "accept-language", "accept-encoding", "authorization", "content-type"];

const timeouts = section({
  connect: timeout().default("2s").describe("Longest wait for a connection, TLS included."),
  first_byte: timeout()
    .default("30s")
    .describe("Longest wait for the head of the response once the request is sent."),
  idle: timeout().default("30s").describe("Longest pause while the body arrives."),
  total: timeout().default("900s").describe("Longest time for the whole exchange."),
});

const source = section({
  url: text("a URL such as http://127.0.0.1:9000", sourceUrlFault).describe(
    "Where the source is: http or https, host, port, and a path that is put before every request's own.",
  ),
  strip_prefix: text("a path such as /npm", prefixFault)
    .optional()
    .describe("Taken off the request's path before the source sees it."),
  timeouts: timeouts
    .prefault({})
    .describe("How long each phase of a request to the source may take."),
});

const fixed = section({
  fresh_for: duration().describe("How long a stored response with status 200 is fresh."),
  stale_while_revalidate: duration()
    .default("0s")
    .describe("How long past that it is still served at once while a refresh runs behind it."),
  stale_if_error: duration()
    .default("1d")
    .describe("How long past its freshness it is served when the source fails."),
  statuses: z
    .record(
      z.string().regex(/^(?!200|206|304)[2-5]\d\d$/, {
        error: "must be a status other than 200, 206 and 304 (200 has `fresh_for`)",
      }),
      duration(),
      { error: 'must be a group of statuses, such as { "404": 10s }' },
    )
    .default({})
    .describe(
      "How long responses with other statuses are fresh; a status that is not named is not stored.",
    )
    .register(notes, { type: "status: duration" }),
  jitter: share()
    .default("0%")
    .describe(
      "The share by which each lifetime is cut at random, so that entries do not expire together.",
    ),
});

const settings = section({
  path: text("a path such as /index/v1/*", pathFault).describe(
    "Which requests the route answers: `/index/v1/*` all below `/index/v1/`, without `*` exactly that path. The longest match wins.",
  ),
  name: text("a name", nameFault)
    .optional()
    .describe(
      "Stable name of the route, part of every cache key: change the path but keep the name, and stored responses stay.",
    )
    .register(notes, { fallback: "the path" }),
  source: source.describe("Where the responses come from."),
  preset: choice(["api", "transparent"])
    .default("api")
    .describe(
      "`api`: only listed request fields reach the source, each of them keyed, and no cookies. `transparent`: all fields pass and RFC 9111 holds as written.",
    ),
  freshness: z
    .union([z.literal("origin"), fixed], {
      error: "must be `origin` or a group with `fresh_for`",
    })
    .default("origin")
    .describe(
      "How long responses are fresh: `origin` obeys the source's own fields (RFC 9111), a group sets it here. `no-store` and `private` of the source hold in both cases.",
    )
    .register(notes, { type: "`origin` or a group" }),
  max_body: size()
    .default("16MiB")
    .describe("The largest body that is stored; larger ones pass through."),
  bypass: bypass.prefault({}).describe("Which requests keep away from the store."),
  headers: section({
    forward: list(text("a field name such as accept", forwardFault), "request field names")
      .optional()
      .describe(
        "Preset `api`: the request fields that reach the source. All but `authorization` and the content fields tell responses apart.",
      )
      .register(notes, { fallback: FORWARDED.join(", ") }),
  })
    .prefault({})
    .describe("What of a request's head reaches the source."),
  key: key.prefault({}).describe("What tells stored responses apart, beside the path."),
  encoded_slashes: choice(["pass", "refuse"])
    .default("pass")
    .describe("Whether `%2f` and `%5c` in a path pass byte for byte or are refused with 400."),
  per: choice(["principal"])
    .optional()
    .describe(
      "`principal`: store responses to requests with credentials, apart for each credential.",
    ),
  soft_timeout: timeout()
    .optional()
    .describe(
      "When the source takes longer than this, a stale response that may be served is served.",
    )
    .register(notes, { fallback: "wait for the source" }),
  refresh_ahead: share()
    .default("0%")
    .describe(
      "Refresh an entry in use behind the scenes once less than this share of its freshness lifetime is left; 0% is off.",
    ),
  guards: guards
    .prefault({})
    .describe("What a response must satisfy before it may replace a good one."),
  versions: integer(0, 100)
    .default(0)
    .describe("How many replaced good versions of an entry are kept."),
  targeted_cache_control: toggle()
    .default(true)
    .describe("Obey `CDN-Cache-Control` of the source (RFC 9213) before `Cache-Control`."),
  client_cache_control: choice(["honour", "ignore"])
    .optional()
    .describe("Whether a client's `no-cache` and `max-age` reach past the store.")
    .register(notes, { fallback: "`honour` for preset `transparent`, `ignore` for `api`" }),
  compat: section({
    x_redis_cache: toggle()
      .default(false)
      .describe("Add `X-Redis-Cache: HIT` or `MISS` to answers, for clients that look for it."),
  })
    .prefault({})
    .describe("Old names for old clients."),
});

/** A checked route whose defaults are filled in, those that depend on the preset too. */
export const routeSchema = settings.transform((route) => {
  const api = route.preset === "api";
  return {
    ...route,
    headers: api ? { forward: route.headers.forward ?? FORWARDED } : {},
    client_cache_control: route.client_cache_control ?? (api ? "ignore" : "honour"),
  };
});

export type RouteSettings = z.output<typeof routeSchema>;
