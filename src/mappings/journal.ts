/** What the reaper remembers outside the pages Redis: what it removed, so that it can be undone, and what it failed to see. */

import { isUtf8 } from "node:buffer";
import { randomBytes } from "node:crypto";
import type { Instant } from "../fields.ts";
import type { Held } from "./removal.ts";
import type { Sighting } from "./sightings.ts";

export interface Journal {
  /** Adds lines to a run's record. Resolves when they would survive a crash. */
  append(run: string, lines: readonly JournalLine[]): Promise<void>;
  /** The record of a run in order; empty when there is none. */
  read(run: string): Promise<readonly JournalLine[]>;
  /** Runs that have a record, the newest first. */
  runs(): Promise<readonly string[]>;
  /** By `user/repo`. */
  sightings(): Promise<Map<string, Sighting>>;
  /** Sets and, where undefined, forgets sightings. */
  saveSightings(changes: ReadonlyMap<string, Sighting | undefined>): Promise<void>;
  /** Drops the records of runs that began before this. */
  prune(before: Instant): Promise<void>;
}

/** `intent` is written before the keys go, `outcome` after: an intent without outcome may or may not have happened. */
export type JournalLine = Intent | Outcome;

export interface Intent {
  readonly kind: "intent";
  readonly at: Instant;
  /** The domain, or the key of a rule. */
  readonly subject: string;
  readonly verdict: string;
  /** The deciding key first. */
  readonly keys: readonly RecordedKey[];
}

export interface Outcome {
  readonly kind: "outcome";
  readonly at: Instant;
  readonly subject: string;
  /** The keys that are gone; none when the mapping had changed. */
  readonly removed: readonly string[];
}

/** A key as it was: its value as text, in base64 when it is none, or as `DUMP` gives it when it is no string. */
export interface RecordedKey {
  readonly key: string;
  readonly value?: string;
  readonly base64?: string;
  readonly dump?: string;
  /** When it would have expired; absent when never. */
  readonly expiresAt?: Instant;
}

export function recordKey(key: string, held: Held, expiresAt: Instant | undefined): RecordedKey {
  const expiry = expiresAt === undefined ? {} : { expiresAt };
  if ("dump" in held) return { key, dump: held.dump.toString("base64"), ...expiry };
  if (isUtf8(held.value)) return { key, value: held.value.toString("utf8"), ...expiry };
  return { key, base64: held.value.toString("base64"), ...expiry };
}

export function heldOf({ value, base64, dump }: RecordedKey): Held {
  if (dump !== undefined) return { dump: Buffer.from(dump, "base64") };
  return { value: base64 === undefined ? Buffer.from(value ?? "") : Buffer.from(base64, "base64") };
}

/** `20261121T030000Z-4f1c`: sorts by time, and may be part of a file name or key. */
export function newRunId(now: Instant): string {
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  return `${stamp}-${randomBytes(3).toString("hex")}`;
}

export function isRunId(text: string): boolean {
  return /^\d{8}T\d{6}Z-[0-9a-f]{6}$/.test(text);
}

export function startOfRun(run: string): Instant {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(run) ?? [];
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s));
}
