/**
 * What a response tells about limits: `Retry-After` (RFC 9110 §10.2.3), `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers, its
 * three fields of before included), and `X-RateLimit-*` as they are in use. What does not parse is as good as absent.
 */
import { type BareItem, parseList, Token } from "structured-headers";
import { type FieldList, hasField, type Instant, joinedValue } from "../fields.ts";
import type { ResponseFacts } from "./budget-types.ts";

/** What is left of a source's own limit, and for how long that counts. */
export interface LearnedLimit {
  readonly limit?: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** What a response teaches; times are from its arrival. */
export interface Learned {
  /** The source is to be left alone for so long. */
  readonly restMs?: number;
  /** A limit was hit and nothing says for how long: the first guess, to be doubled while it goes on. */
  readonly guessMs?: number;
  readonly limit?: LearnedLimit;
  /** The source answered as it should: guesses begin anew. */
  readonly well?: true;
}

/** A Retry-After beside a 503 tells of an outage, which may end sooner: what fails is for the breaker. */
const LONGEST_OUTAGE_MS = 60_000;
const SHORTEST_REST_MS = 1_000;
/** What GitHub asks for after a secondary limit that names no time. */
const PATIENT_MS = 60_000;

/** What a response says of limits. Nothing in it, however large, is believed for longer than `longestRestMs`. */
export function learnFrom(facts: ResponseFacts, longestRestMs: number): Learned {
  const { status } = facts;
  const limit = isOfPool(facts) ? limitOf(facts, longestRestMs) : undefined;
  const learned = limit === undefined ? {} : { limit };
  const wish = retryAfterMs(facts);
  if (isLimited(facts, wish)) return { ...learned, ...restOf(facts, wish, limit, longestRestMs) };
  if (status === 503 && wish !== undefined && wish > 0)
    return { ...learned, restMs: Math.min(wish, LONGEST_OUTAGE_MS, longestRestMs) };
  return status < 400 ? { ...learned, well: true } : learned;
}

/** How long a source is left alone whose limit was hit. */
function restOf(
  { fields }: ResponseFacts,
  wish: number | undefined,
  limit: LearnedLimit | undefined,
  longestRestMs: number,
): Learned {
  if (wish !== undefined)
    return { restMs: Math.min(Math.max(wish, SHORTEST_REST_MS), longestRestMs) };
  if (limit?.remaining === 0 && limit.resetMs > 0) return {};
  const guessMs = hasField(fields, "x-github-request-id") ? PATIENT_MS : SHORTEST_REST_MS;
  return { guessMs: Math.min(guessMs, longestRestMs) };
}

/** GitHub answers a spent limit with 403 too. */
function isLimited({ status, limited }: ResponseFacts, wish: number | undefined): boolean {
  return limited === true || status === 429 || (status === 403 && wish !== undefined);
}

/** GitHub names the resource that a limit is for; it says nothing of another pool. */
function isOfPool({ pool = "", fields }: ResponseFacts): boolean {
  const resource = joinedValue(fields, "x-ratelimit-resource");
  return resource === undefined || pool === "" || pool.split(":")[0] === resource;
}

/** Milliseconds; from the response's own Date where an instant is named, so that its clock need not be ours. */
function retryAfterMs({ fields, at }: ResponseFacts): number | undefined {
  const value = joinedValue(fields, "retry-after")?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const until = fixdate(value);
  return until === undefined ? undefined : Math.max(0, until - sentAt(fields, at));
}

function sentAt(fields: FieldList, at: Instant): Instant {
  return fixdate(joinedValue(fields, "date") ?? "") ?? at;
}

/** Only the shape that `toUTCString` writes; `Date.parse` alone reads nearly anything. */
function fixdate(value: string): Instant | undefined {
  const date = new Date(value);
  return Number.isNaN(date.getTime()) || date.toUTCString() !== value ? undefined : date.getTime();
}

function limitOf(facts: ResponseFacts, longestMs: number): LearnedLimit | undefined {
  const found = fromList(facts.fields) ?? fromThree(facts, "ratelimit") ?? fromX(facts);
  return found && { ...found, resetMs: Math.min(found.resetMs, longestMs) };
}

/** `RateLimit: "default";r=50;t=30`, with its quota in `RateLimit-Policy: "default";q=100;w=60`. Of several, the one that is nearest to its end. */
function fromList(fields: FieldList): LearnedLimit | undefined {
  const quotas = new Map(items(fields, "ratelimit-policy").map(({ name, q }) => [name, q]));
  const limits = items(fields, "ratelimit").flatMap(({ name, r, t }): LearnedLimit[] => {
    if (r === undefined || t === undefined) return [];
    const limit = quotas.get(name);
    return [{ remaining: r, resetMs: t * 1_000, ...(limit !== undefined && { limit }) }];
  });
  return limits.toSorted((a, b) => a.remaining - b.remaining || b.resetMs - a.resetMs)[0];
}

interface PolicyItem {
  readonly name: string;
  readonly q: number | undefined;
  readonly r: number | undefined;
  readonly t: number | undefined;
}

function items(fields: FieldList, field: string): PolicyItem[] {
  const text = joinedValue(fields, field);
  if (text === undefined) return [];
  try {
    return parseList(text).flatMap(([value, parameters]) => {
      const name = value instanceof Token ? value.toString() : value;
      // Limits on other things than requests, such as bytes.
      const isOther = !["requests", undefined].includes(parameters.get("qu") as string | undefined);
      if (typeof name !== "string" || isOther) return [];
      const number = (key: string) => natural(parameters.get(key));
      return [{ name, q: number("q"), r: number("r"), t: number("t") }];
    });
  } catch {
    return [];
  }
}

function natural(value: BareItem | undefined): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : undefined;
}

/** `…-Limit`, `…-Remaining` and `…-Reset`; the first number of each counts. */
function fromThree({ fields, at }: ResponseFacts, prefix: string): LearnedLimit | undefined {
  const remaining = firstNumber(joinedValue(fields, `${prefix}-remaining`));
  const resetMs = resetAfterMs(joinedValue(fields, `${prefix}-reset`), sentAt(fields, at));
  if (remaining === undefined || resetMs === undefined) return undefined;
  const limit = firstNumber(joinedValue(fields, `${prefix}-limit`));
  return { remaining: Math.floor(remaining), resetMs, ...(limit !== undefined && { limit }) };
}

function fromX(facts: ResponseFacts): LearnedLimit | undefined {
  return fromThree(facts, "x-ratelimit") ?? fromThree(facts, "x-rate-limit");
}

function firstNumber(text: string | undefined): number | undefined {
  const digits = /^\s*(\d{1,15}(?:\.\d{1,6})?)(?:\s*[,;].*)?\s*$/.exec(text ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** No window is this long: a larger number is an instant, in seconds, and beyond a thousand times that in milliseconds. */
const EPOCH_FROM = 1_000_000_000;

/** Seconds from now, or an instant in seconds or milliseconds since the epoch, or an HTTP-date. */
function resetAfterMs(text: string | undefined, now: Instant): number | undefined {
  const number = firstNumber(text);
  if (number === undefined) {
    const until = fixdate(text?.trim() ?? "");
    return until === undefined ? undefined : Math.max(0, until - now);
  }
  if (number < EPOCH_FROM) return Math.ceil(number * 1_000);
  const until = number < EPOCH_FROM * 1_000 ? number * 1_000 : number;
  return Math.max(0, Math.ceil(until - now));
}
