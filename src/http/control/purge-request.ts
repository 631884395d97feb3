/** What an operator wants purged: from JSON to scopes. */
import { z } from "zod";
import type { PurgeScope } from "../../cache/purge/purge.ts";
import { ruledTarget } from "../../cache/target.ts";
import type { ServedRoute } from "../routes.ts";
import { badField } from "./answer.ts";
import { routeOfTarget, targetOf } from "./named-request.ts";
import { readFields } from "./read-fields.ts";

export interface PurgeRequest {
  readonly mode: "hard" | "soft";
  readonly dryRun: boolean;
  /** The things named, for people. */
  readonly what: readonly string[];
  readonly scopes: readonly PurgeScope[];
}

export interface KnownRoutes {
  readonly routes: readonly ServedRoute[];
  readonly routeOf: (target: string) => ServedRoute | undefined;
}

/** URLs or tags in one request. */
const MOST_NAMED = 500;
const LONGEST_TAG = 256;

const url = z.string("must be text");
const tag = z
  .string("must be text")
  .min(1, "must not be empty")
  .max(LONGEST_TAG, `must not be longer than ${LONGEST_TAG} characters`)
  .regex(/^[^\p{Cc}]*$/u, "must not hold control characters");
const several = <T extends z.ZodType>(kind: T) =>
  z
    .array(kind, "must be a list")
    .min(1, "must not be empty")
    .max(MOST_NAMED, `must not hold more than ${MOST_NAMED}`);

const purgeSchema = z.strictObject(
  {
    url: url.optional(),
    urls: several(url).optional(),
    tag: tag.optional(),
    tags: several(tag).optional(),
    prefix: url.optional(),
    route: z.string("must be text").optional(),
    all: z.literal(true, "must be true, or absent").optional(),
    mode: z.enum(["hard", "soft"], "must be hard or soft").default("hard"),
    dryRun: z.boolean("must be true or false").default(false),
  },
  "must be a JSON object, sent as application/json",
);

const KINDS = ["url", "urls", "tag", "tags", "prefix", "route", "all"] as const;

/** Throws a `ProblemError` that names the field that is wrong. */
export function parsePurgeRequest(given: unknown, known: KnownRoutes): PurgeRequest {
  const { mode, dryRun, ...named } = readFields(purgeSchema, given);
  const kinds = KINDS.filter((kind) => named[kind] !== undefined);
  if (kinds.length !== 1)
    throw badField(kinds.join(", ") || "The request", `must be one of ${KINDS.join(", ")}`);
  return { mode, dryRun, ...scopesOf(named, known) };
}

type Scopes = Pick<PurgeRequest, "what" | "scopes">;
type Named = Omit<z.infer<typeof purgeSchema>, "mode" | "dryRun">;

function scopesOf(named: Named, known: KnownRoutes): Scopes {
  const urls = named.urls ?? (named.url === undefined ? undefined : [named.url]);
  if (urls !== undefined) {
    const field = (i: number) => (named.url === undefined ? `urls.${i}` : "url");
    return { what: urls, scopes: urls.map((one, i) => urlScope(one, field(i), known)) };
  }
  const tags = named.tags ?? (named.tag === undefined ? undefined : [named.tag]);
  if (tags !== undefined)
    return {
      what: tags.map((one) => `tag ${one}`),
      scopes: tags.map((one) => ({ kind: "tag", tag: one })),
    };
  if (named.prefix !== undefined) return prefixScopes(named.prefix, known);
  if (named.route !== undefined) return routeScope(named.route, known);
  return { what: ["everything"], scopes: [{ kind: "all" }] };
}

function urlScope(text: string, field: string, { routeOf }: KnownRoutes): PurgeScope {
  const target = targetOf(text, field);
  const { route } = routeOfTarget(routeOf, target, field);
  return { kind: "url", route: route.id, target: ruledTarget(target, route.key.query) };
}

function routeScope(id: string, { routes }: KnownRoutes): Scopes {
  if (!routes.some(({ route }) => route.id === id))
    throw badField(
      "route",
      `is none of the routes: ${routes.map(({ route }) => route.id).join(", ")}`,
    );
  return { what: [`route ${id}`], scopes: [{ kind: "route", route: id }] };
}

/** A prefix may lie within one route or above several. */
function prefixScopes(text: string, { routes }: KnownRoutes): Scopes {
  const target = targetOf(text, "prefix");
  const meant = routes.filter(({ route }) => overlaps(route.path, target));
  if (meant.length === 0) throw badField("prefix", "leads to no configured route");
  if (target.includes("?") && meant.some(({ route }) => route.key.query.mode !== "all"))
    throw badField("prefix", "must end before the query, which its route orders anew");
  const scopes = meant.map(({ route }) => ({ kind: "prefix", route: route.id, target }) as const);
  return { what: [`prefix ${target}`], scopes };
}

/** Whether a route's path may have targets that begin so. */
function overlaps(path: string, prefix: string): boolean {
  const fixed = path.replace(/\*$/, "");
  if (fixed.startsWith(prefix)) return true;
  return path.endsWith("*") ? prefix.startsWith(fixed) : prefix.startsWith(`${fixed}?`);
}
