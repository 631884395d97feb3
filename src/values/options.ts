/** What callers of the value cache may say. */
import type { Adapted } from "./keep.ts";
import { type Duration, type Lifetimes, type Spans, spansOf, toMs } from "./lifetimes.ts";
import type { Call, LoadContext } from "./load.ts";
import type { Settings } from "./settings.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** What a stored value must be to be given out; anything else is a miss. */
export interface ReadOptions<T = unknown> {
  /** Release of the value's shape: values of another one are misses. */
  readonly version?: string;
  /** A schema of zod, valibot, arktype or any other Standard Schema. It judges; the value is given out as it was stored. */
  readonly schema?: StandardSchema<T>;
}

export interface SetOptions extends Lifetimes {
  /** `invalidateTag` removes all values of a tag. */
  readonly tags?: readonly string[];
  /** Release of the value's shape. */
  readonly version?: string;
}

export interface LoadOptions<T = unknown> extends Lifetimes {
  /** Known before the value: also counts what is invalidated while it is made. */
  readonly tags?: readonly string[];
  readonly version?: string;
  /** Results that do not pass are returned, not stored; stored ones that do not are misses. */
  readonly schema?: StandardSchema<T>;
  /** How long null and undefined are kept: at most a minute when absent; 0 is not at all. */
  readonly negativeTtl?: Duration;
  /** After so long a value that is stale within stale-if-error is given out, and the function goes on behind. */
  readonly softTimeout?: Duration;
  /** After so long the call is rejected with a `CacheTimeoutError`, and the function goes on behind; 30 seconds when absent. */
  readonly hardTimeout?: Duration;
  /** Decides by the value: other lifetimes, more tags, or `false` for a value that is not to be kept. */
  readonly adapt?: (value: T) => Adapted | false | undefined;
}

/** One value of `warm`. */
export interface WarmTask<T = unknown> extends LoadOptions<T> {
  readonly key: string;
  readonly load: (context: LoadContext) => T | Promise<T>;
}

export interface WarmResult {
  /** Were made now. */
  readonly loaded: number;
  /** Were there and fresh. */
  readonly present: number;
  readonly failed: number;
}

/** What a call is like besides its key, its function and its tags. */
export type CallRules = Omit<Call, "key" | "load" | "tags">;

/** Throws a `TypeError` for options that are wrong. */
export function rulesOf<T>(
  options: LoadOptions<T>,
  { spans, settings }: { readonly spans: Spans; readonly settings: Settings },
): CallRules {
  const { version = "", schema, adapt, negativeTtl, softTimeout, hardTimeout } = options;
  return {
    version,
    schema,
    adapt,
    spans: spansOf(options, spans),
    negativeTtlMs: negativeTtl === undefined ? settings.negativeTtlMs : toMs(negativeTtl),
    softTimeoutMs: softTimeout === undefined ? undefined : toMs(softTimeout),
    hardTimeoutMs: hardTimeout === undefined ? settings.hardTimeoutMs : toMs(hardTimeout),
  };
}

/** A wish for one value. Member by member, since a spread costs more than the rest of a hit. */
export function callOf(
  rules: CallRules,
  { key, load, tags }: Pick<Call, "key" | "load" | "tags">,
): Call {
  const { version, schema, adapt, spans, negativeTtlMs, softTimeoutMs, hardTimeoutMs } = rules;
  return {
    key,
    load,
    tags,
    version,
    schema,
    adapt,
    spans,
    negativeTtlMs,
    softTimeoutMs,
    hardTimeoutMs,
  };
}
