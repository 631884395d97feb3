/**
 * Request targets (RFC 9112 §3.2, RFC 3986 §3.3). A target is matched, keyed and sent as one string of bytes, so two requests
 * share an entry exactly when the source would see the same request. Nothing is decoded or resolved; what could be read in two
 * ways is refused.
 */
import type { QueryRule, Route, RouteSource } from "../config/route.ts";

/** Why a target is refused with 400. */
export type TargetRefusal =
  | "not-origin-form"
  | "control-byte"
  | "not-ascii"
  | "fragment"
  | "backslash"
  | "dot-segment"
  | "encoded-control-byte"
  | "encoded-slash";

const MAX_PLAIN = 0x7e;
/** `.` and `..`, also when encoded and also with path parameters behind (`..;x`). */
const DOT_SEGMENT = /(?:^|\/|\\|%2f|%5c)(?:\.|%2e){1,2}(?=$|;|\/|\\|%2f|%5c|%3b)/i;
const ENCODED_CONTROL = /%(?:[01][0-9a-f]|7f)/i;
const ENCODED_SLASH = /%(?:2f|5c)/i;

/** Why this target may not pass, or undefined when it may. The query is only checked for bytes that cannot stand in a request line. */
export function targetRefusal(
  target: string,
  route: Pick<Route, "encodedSlashes">,
): TargetRefusal | undefined {
  if (target.charCodeAt(0) !== 0x2f) return "not-origin-form";
  const forbidden = forbiddenByte(target);
  if (forbidden !== undefined) return forbidden;
  const path = pathOf(target);
  if (path.includes("\\")) return "backslash";
  if (path.includes(".") || path.includes("%")) return ambiguity(path, route);
  return undefined;
}

function forbiddenByte(target: string): TargetRefusal | undefined {
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f) return "control-byte";
    if (code > MAX_PLAIN) return "not-ascii";
    if (code === 0x23) return "fragment";
  }
  return undefined;
}

function ambiguity(path: string, route: Pick<Route, "encodedSlashes">): TargetRefusal | undefined {
  if (DOT_SEGMENT.test(path)) return "dot-segment";
  if (ENCODED_CONTROL.test(path)) return "encoded-control-byte";
  if (route.encodedSlashes === "refuse" && ENCODED_SLASH.test(path)) return "encoded-slash";
  return undefined;
}

/** The path of a target, without its query. */
export function pathOf(target: string): string {
  const mark = target.indexOf("?");
  return mark === -1 ? target : target.slice(0, mark);
}

/** The query of a target without the question mark, or undefined when there is none. */
export function queryOf(target: string): string | undefined {
  const mark = target.indexOf("?");
  return mark === -1 ? undefined : target.slice(mark + 1);
}

/**
 * The target after the route's query rule. The result is both part of the key and what is sent, so a parameter that does not
 * count never reaches the source. A query that loses its last parameter loses its question mark too.
 */
export function ruledTarget(target: string, rule: QueryRule): string {
  if (rule.mode === "all") return target;
  const query = queryOf(target);
  if (query === undefined) return target;
  const kept = keptParameters(query.split("&"), rule);
  const path = pathOf(target);
  return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
}

function keptParameters(parameters: string[], rule: Exclude<QueryRule, { mode: "all" }>): string[] {
  switch (rule.mode) {
    case "sorted":
      return parameters.toSorted(byName);
    case "allow":
      return parameters
        .filter((parameter) => rule.names.includes(parameterName(parameter)))
        .toSorted(byName);
    case "ignore":
      return parameters.filter((parameter) => !rule.names.includes(parameterName(parameter)));
  }
}

/** Equal names keep their order: sources may read the first or the last of them. */
function byName(a: string, b: string): number {
  const [left, right] = [parameterName(a), parameterName(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The decoded name of a query parameter, so that `utm%5Fsource` cannot hide from a rule about `utm_source`. */
export function parameterName(parameter: string): string {
  const equals = parameter.indexOf("=");
  return decodeParameter(equals === -1 ? parameter : parameter.slice(0, equals));
}

/** Form-decodes one name or value; what is not valid encoding stays as it is. */
export function decodeParameter(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** What is sent to the source for a ruled target. */
export function sourceTarget(
  target: string,
  source: Pick<RouteSource, "basePath" | "stripPrefix">,
): string {
  const rest = source.stripPrefix === "" ? target : target.slice(source.stripPrefix.length);
  const sent = source.basePath + rest;
  return sent.charCodeAt(0) === 0x2f ? sent : `/${sent}`;
}

/** The target by which clients name what the source calls `sent`; undefined when no client can. The inverse of `sourceTarget`. */
export function clientTarget(
  sent: string,
  source: Pick<RouteSource, "basePath" | "stripPrefix">,
): string | undefined {
  return sent.startsWith(source.basePath)
    ? source.stripPrefix + sent.slice(source.basePath.length)
    : undefined;
}
