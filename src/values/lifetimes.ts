/** How long values live: what applications say, in numbers, and the instants that follow. */
import { parseDuration } from "../config/durations.ts";
import type { Instant } from "../fields.ts";
import type { ValueEntry } from "./entry.ts";

/** A number of seconds, or words: `"500ms"`, `"30s"`, `"10m"`, `"6h"`, `"1d"`. */
export type Duration = number | string;

export interface Lifetimes {
  /** How long a value is fresh. 0: it is not stored. */
  readonly ttl?: Duration;
  /** How long after that it is still given out at once while it is made anew behind the scenes. */
  readonly staleWhileRevalidate?: Duration;
  /** How long after that it is still given out when making it anew fails, or takes longer than the soft time-out. */
  readonly staleIfError?: Duration;
}

/** In milliseconds. */
export interface Spans {
  readonly ttlMs: number;
  readonly revalidateMs: number;
  readonly onErrorMs: number;
}

/** Milliseconds. Throws a `TypeError` for what is no duration, and for durations without end. */
export function toMs(duration: Duration): number {
  const ms = typeof duration === "number" ? duration * 1_000 : parseDuration(duration);
  if (ms === undefined || !Number.isFinite(ms) || ms < 0)
    throw new TypeError('A duration is a number of seconds from 0 up, or text such as "10m".');
  return ms;
}

/** What is said, over what holds otherwise. */
export function spansOf(said: Lifetimes, otherwise: Spans): Spans {
  const { ttl, staleWhileRevalidate, staleIfError } = said;
  return {
    ttlMs: ttl === undefined ? otherwise.ttlMs : toMs(ttl),
    revalidateMs:
      staleWhileRevalidate === undefined ? otherwise.revalidateMs : toMs(staleWhileRevalidate),
    onErrorMs: staleIfError === undefined ? otherwise.onErrorMs : toMs(staleIfError),
  };
}

/** Shorter by up to `share`, so that what was stored together does not expire together. `random` is from 0 to 1. */
export function jittered(spans: Spans, share: number, random: number): Spans {
  return { ...spans, ttlMs: spans.ttlMs * (1 - share * random) };
}

export function instantsOf(
  { ttlMs, revalidateMs, onErrorMs }: Spans,
  now: Instant,
): Pick<ValueEntry, "storedAt" | "staleAt" | "revalidateUntil" | "onErrorUntil"> {
  const staleAt = now + ttlMs;
  return {
    storedAt: now,
    staleAt,
    revalidateUntil: staleAt + revalidateMs,
    onErrorUntil: staleAt + onErrorMs,
  };
}
