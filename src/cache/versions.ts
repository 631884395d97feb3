/** The last good versions of a stored response, kept when others replace it, and brought back by operators. */
import type { Route } from "../config/route.ts";
import { withoutFields } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import { formatHttpDate } from "./http-date.ts";
import type { Arrival } from "./instants.ts";
import { variantKey } from "./key.ts";
import {
  type Found,
  type LookUpTools,
  lookUp,
  type RecordStore,
  variantValues,
  type Wanted,
} from "./lookup.ts";
import { makeEntry } from "./new-entry.ts";
import { afterPurges } from "./purge/purge.ts";
import type { VariantIndex } from "./record.ts";
import type { RefreshTools } from "./refresh.ts";
import { namesOf, type Saved, saveEntry } from "./save.ts";

export interface KeptVersion {
  readonly id: string;
  readonly entry: CacheEntry;
}

/** How long a version stays after it was replaced, unless it is evicted. */
const KEEP_MS = 30 * 86_400_000;

/** Names a version: by its fence, so that the name stays while others come and go. */
export function versionId({ fence }: CacheEntry): string {
  return fence.toString(36);
}

/** Whether an entry is worth keeping when another one replaces it. */
export function isWorthKeeping(replaced: CacheEntry, by: CacheEntry): boolean {
  const { status, body } = replaced.response;
  return status === 200 && replaced.part === undefined && !body.equals(by.response.body);
}

/** Keeps a replaced entry, and lets go of the oldest beyond `most`. Never rejects: a version that is not kept costs nobody an answer. */
export async function keepVersion(
  store: RecordStore,
  wanted: Wanted,
  replaced: CacheEntry,
  by: CacheEntry,
  most: number,
): Promise<void> {
  const history = historyKey(wanted, by);
  const read = await store.read(history);
  if (read.state === "failed") return;
  const known = read.state === "found" && read.value.kind === "index" ? read.value.heads : [];
  const key = versionKey(history, versionId(replaced));
  const life = { fence: replaced.fence, ttlMs: KEEP_MS };
  if ((await store.write(key, { kind: "entry", entry: replaced }, life)) === "failed") return;
  const head = { names: [], values: [], storedAt: replaced.storedAt, key };
  const heads = [...known.filter((other) => other.key !== key), head];
  const dropped = heads.splice(0, Math.max(0, heads.length - most));
  const index: VariantIndex = {
    kind: "index",
    heads,
    invalidatedAt: 0,
    fence: by.fence,
    deleteAt: by.storedAt + KEEP_MS,
  };
  await store.write(history, index, { fence: by.fence, ttlMs: KEEP_MS });
  await store.remove(dropped.map((old) => old.key)).catch(() => 0);
}

/** The kept versions of what a request asks for, the newest first. Those that were purged are gone. Rejects when the store does not answer. */
export async function listVersions(
  tools: LookUpTools,
  wanted: Wanted,
  current: CacheEntry | undefined,
): Promise<KeptVersion[]> {
  const read = await tools.store.read(historyKey(wanted, current));
  if (read.state === "failed") throw read.cause;
  if (read.state === "absent" || read.value.kind !== "index") return [];
  const entries = await Promise.all(read.value.heads.map(({ key }) => readVersion(tools, key)));
  return entries
    .filter((entry) => entry !== undefined)
    .map((entry) => ({ id: versionId(entry), entry }))
    .toReversed();
}

async function readVersion(tools: LookUpTools, key: string): Promise<CacheEntry | undefined> {
  const read = await tools.store.read(key);
  if (read.state !== "found" || read.value.kind !== "entry") return undefined;
  const { entry } = read.value;
  return afterPurges(tools.purges, entry, tools.now()) === undefined ? undefined : entry;
}

/** How a version was brought back. `unknown`: there is none of that name; `unkept`: its route would not keep it. */
export type RolledBack =
  | { readonly outcome: Saved; readonly entry: CacheEntry }
  | { readonly outcome: "unknown" | "unkept" };

/**
 * Makes a kept version the stored response, fresh as if it had just come; what stood there is kept in turn. Fetches that are running cannot
 * replace it, the next one can. Rejects when the store does not answer.
 */
export async function rollBack(
  tools: RefreshTools,
  route: Route,
  wanted: Wanted,
  id: string,
): Promise<RolledBack> {
  const found = await lookUp(tools, wanted);
  if (found.state === "failed") throw found.cause;
  const current = entryOf(found);
  const version = (await listVersions(tools, wanted, current)).find((kept) => kept.id === id);
  if (version === undefined) return { outcome: "unknown" };
  const { fence } = await tools.flights.alone();
  const now = tools.now();
  const entry = restored(version.entry, {
    ...{ route, fence, requestAt: now, responseAt: now, random: tools.random() },
  });
  if (entry.deleteAt <= now) return { outcome: "unkept" };
  const outcome = await saveEntry(tools.store, wanted, entry, found.record, now);
  if (outcome === "written" && current !== undefined && isWorthKeeping(current, entry))
    await keepVersion(tools.store, wanted, current, entry, route.versions);
  return { outcome, entry };
}

function entryOf(found: Exclude<Found, { state: "failed" }>): CacheEntry | undefined {
  return found.state === "found" ? found.entry : undefined;
}

/** The version as its source would send it now: its Date and Age would else make it old at once. */
function restored({ target, requestFields, response }: CacheEntry, arrival: Arrival): CacheEntry {
  const kept = withoutFields(response.fields, (name) => name === "date" || name === "age");
  const fields = [...kept, "Date", formatHttpDate(arrival.responseAt)];
  return makeEntry(arrival, { target, requestFields, response: { ...response, fields } });
}

/** Where the versions of one variant are listed. */
function historyKey(wanted: Wanted, entry: CacheEntry | undefined): string {
  const names = entry === undefined ? (wanted.keyed ?? []) : namesOf(wanted, entry);
  return `${variantKey(wanted.primary, names, variantValues(wanted, names))}\0h`;
}

function versionKey(history: string, id: string): string {
  return `${history}\0${id}`;
}
