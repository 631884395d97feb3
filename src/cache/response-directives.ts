/** What the cache directives of a response say (RFC 9111 §5.2.2, RFC 5861), from CDN-Cache-Control or from Cache-Control. */
import { type FieldList, valuesOf } from "../fields.ts";
import { type Directives, isGranted, parseCacheControl, secondsOf } from "./cache-control.ts";
import { isEssential } from "./message.ts";
import { targetedDirectives } from "./targeted.ts";

/** Every member reads a malformed directive to the side of less reuse. */
export interface ResponseDirectives {
  /** They come from CDN-Cache-Control, so Expires does not count (RFC 9213 §2.2). */
  readonly targeted: boolean;
  readonly noStore: boolean;
  /** Reuse only after validation; the form that names fields is in `hidden`. */
  readonly noCache: boolean;
  /** For one user; the form that names fields is in `hidden`. */
  readonly private: boolean;
  /** Lower-case names of fields that must not be stored. */
  readonly hidden: ReadonlySet<string>;
  readonly public: boolean;
  /** `must-revalidate` or `proxy-revalidate`. */
  readonly mustRevalidate: boolean;
  /** `must-revalidate` as it must be written to permit something. */
  readonly grantsByMustRevalidate: boolean;
  readonly mustUnderstand: { readonly present: boolean; readonly granted: boolean };
  /** 0 when it is not a whole number; undefined when there is none. */
  readonly sharedMaxAgeMs: number | undefined;
  /** `s-maxage` as it must be written to permit something. */
  readonly grantsBySharedMaxAge: boolean;
  readonly maxAgeMs: number | undefined;
  /** 0 when there is none. */
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
}

/** The directives that apply to a response. `obeyTargeted`: whether CDN-Cache-Control counts. */
export function responseDirectives(fields: FieldList, obeyTargeted: boolean): ResponseDirectives {
  const targeted = obeyTargeted ? targetedDirectives(fields) : undefined;
  const directives = targeted ?? parseCacheControl(valuesOf(fields, "cache-control"));
  const noCache = fieldNames(directives, "no-cache");
  const privately = fieldNames(directives, "private");
  return {
    targeted: targeted !== undefined,
    noStore: directives.has("no-store"),
    noCache: noCache === "all",
    private: privately === "all",
    hidden: union(noCache, privately),
    public: isGranted(directives, "public"),
    mustRevalidate: directives.has("must-revalidate") || directives.has("proxy-revalidate"),
    grantsByMustRevalidate: isGranted(directives, "must-revalidate"),
    mustUnderstand: {
      present: directives.has("must-understand"),
      granted: isGranted(directives, "must-understand"),
    },
    sharedMaxAgeMs: lifetimeMs(directives, "s-maxage"),
    grantsBySharedMaxAge: typeof secondsOf(directives, "s-maxage") === "number",
    maxAgeMs: lifetimeMs(directives, "max-age"),
    staleWhileRevalidateMs: lifetimeMs(directives, "stale-while-revalidate") ?? 0,
    staleIfErrorMs: lifetimeMs(directives, "stale-if-error") ?? 0,
  };
}

/** Whether a response must not be reused stale where nothing but being cut off from the source permits it (RFC 9111 §4.2.4). */
export function forbidsStale(directives: ResponseDirectives): boolean {
  return directives.noCache || directives.mustRevalidate || directives.sharedMaxAgeMs !== undefined;
}

function lifetimeMs(directives: Directives, name: string): number | undefined {
  const seconds = secondsOf(directives, name);
  return seconds === "invalid" ? 0 : seconds === undefined ? undefined : seconds * 1000;
}

const NO_FIELDS: ReadonlySet<string> = new Set();
const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * The fields that `no-cache` or `private` is limited to, or `all` when it is about the whole response: in any occurrence, or because
 * the list is no list of names, or names a field without which the response cannot be judged.
 */
function fieldNames(directives: Directives, name: string): ReadonlySet<string> | "all" {
  const names = new Set<string>();
  for (const { value } of directives.get(name) ?? []) {
    const listed = (value ?? "")
      .toLowerCase()
      .split(",")
      .map((member) => member.trim());
    if (!listed.every((field) => FIELD_NAME.test(field) && !isEssential(field))) return "all";
    for (const field of listed) names.add(field);
  }
  return names.size === 0 ? NO_FIELDS : names;
}

function union(
  a: ReadonlySet<string> | "all",
  b: ReadonlySet<string> | "all",
): ReadonlySet<string> {
  return new Set([...(a === "all" ? [] : a), ...(b === "all" ? [] : b)]);
}
