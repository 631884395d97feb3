/** What a response must satisfy before it may replace a good one: a source that answers nonsense with a 200 takes nothing away. */
import type { RouteGuards } from "../config/route.ts";
import { codingsOf, decodedBody } from "./content-coding.ts";
import type { CacheEntry } from "./entry.ts";
import { firstValue, type ResponseHead } from "./message.ts";

/**
 * Why a response may not be stored, in words; undefined when it may. An error whose status the route lists passes: only its status is
 * expected, not its content.
 */
export function guardRefusal(
  guards: RouteGuards,
  response: ResponseHead,
  body: Buffer,
  previous?: CacheEntry,
): string | undefined {
  const { status } = response;
  const listed = guards.status?.includes(status);
  if (listed === false) return `status ${status} is not expected`;
  if (listed && status >= 300) return undefined;
  return (
    typeRefusal(guards, response) ??
    sizeRefusal(guards, response, body, previous) ??
    jsonRefusal(guards, response, body)
  );
}

/** `application/json` allows itself with any parameters, `text/*` all its subtypes. */
function typeRefusal({ contentType }: RouteGuards, { fields }: ResponseHead): string | undefined {
  if (contentType === undefined) return undefined;
  const field = firstValue(fields, "content-type") ?? "";
  const type = (field.split(";")[0] as string).trim().toLowerCase();
  const allowed = contentType.some((wanted) => {
    const pattern = wanted.toLowerCase();
    return pattern.endsWith("/*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
  });
  return allowed
    ? undefined
    : `content type ${type === "" ? "is missing" : `${type} is not expected`}`;
}

function sizeRefusal(
  { minBytes, maxShrink }: RouteGuards,
  response: ResponseHead,
  body: Buffer,
  previous: CacheEntry | undefined,
): string | undefined {
  const { length } = body;
  if (minBytes !== undefined && length < minBytes) {
    return `${length} bytes are fewer than ${minBytes}`;
  }
  if (maxShrink === undefined || previous === undefined || !isComparable(response, previous)) {
    return undefined;
  }
  const before = previous.response.body.length;
  return length < before * (1 - maxShrink)
    ? `${length} bytes are more than ${Math.round(maxShrink * 100)} % fewer than ${before}`
    : undefined;
}

/** Sizes compare between complete good answers in the same coding. */
function isComparable(response: ResponseHead, previous: CacheEntry): boolean {
  const { status, fields } = previous.response;
  const good = status === 200 && response.status === 200;
  return good && codingsOf(fields).join() === codingsOf(response.fields).join();
}

function jsonRefusal(
  { json, jsonPaths }: RouteGuards,
  { fields }: ResponseHead,
  body: Buffer,
): string | undefined {
  if (!json && jsonPaths.length === 0) return undefined;
  const decoded = decodedBody(fields, body);
  if (decoded === undefined) return "the content coding cannot be undone";
  let value: unknown;
  try {
    value = JSON.parse(decoded.toString("utf8"));
  } catch {
    return "the body is not JSON";
  }
  const missing = jsonPaths.find((path) => !isPresent(value, path));
  return missing === undefined ? undefined : `${missing} is missing`;
}

/** Whether `data.items.0` leads to something other than null. Numbers index arrays. */
function isPresent(value: unknown, path: string): boolean {
  let current = value;
  for (const key of path.split(".")) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key))
      return false;
    current = (current as Record<string, unknown>)[key];
  }
  return current !== null && current !== undefined;
}
