/**
 * Cache keys (RFC 9111 §2). A key names one resource as its source would see it: the route with everything that shapes the request
 * sent upstream, the exact target, and the principal where the route keeps principals apart. What else distinguishes
 * responses is a variant below that key, so one key is all that an invalidation has to remove.
 */
import { createHash } from "node:crypto";
import type { Route } from "../config/route.ts";
import { type FieldList, joinedValue } from "../fields.ts";

/** Raised when the meaning of keys or of the stored form changes; older entries are then never found. */
const POLICY_VERSION = 1;
/** Cannot occur in a target, a name or a field value, so joined parts stay apart. */
const SEPARATOR = "\0";

/** The part of the key that every request of a route shares. Changes with any setting that changes what the source sees. */
export function keyScope(route: Route): string {
  const { origin, basePath, stripPrefix } = route.source;
  const shape = [
    POLICY_VERSION,
    origin,
    basePath,
    stripPrefix,
    route.preset,
    route.forward,
    route.key,
    route.perPrincipal,
  ];
  return `${route.id}${SEPARATOR}${sha256(JSON.stringify(shape)).slice(0, 16)}${SEPARATOR}`;
}

/** The key of a resource. `partition` comes from `principalPartition`. */
export function primaryKey(scope: string, target: string, partition = ""): string {
  return scope + target + (partition === "" ? "" : SEPARATOR + partition);
}

/**
 * Which group of principals an answer belongs to. Preset `api`: answers to requests with a credential are apart from the public ones, and
 * apart from each other under `per: principal`. Preset `transparent`: one group; RFC 9111 §3.5 alone decides what is stored.
 */
export function principalPartition(route: Route, fields: FieldList): string {
  const credential = joinedValue(fields, "authorization");
  if (credential === undefined) return "";
  if (route.perPrincipal) return `p${sha256(credential)}`;
  return route.preset === "api" ? "a" : "";
}

/** The key of one variant. Values are length-prefixed, absent is not empty. */
export function variantKey(
  primary: string,
  names: readonly string[],
  values: readonly (string | null)[],
): string {
  let key = `${primary}${SEPARATOR}v`;
  for (let i = 0; i < names.length; i++) {
    const value = values[i] ?? null;
    key +=
      value === null
        ? `${SEPARATOR}${names[i]}`
        : `${SEPARATOR}${names[i]}:${value.length}:${value}`;
  }
  return key;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
