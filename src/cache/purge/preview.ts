/** What a purge would take, without taking it. */
import type { Instant } from "../../fields.ts";
import type { StartOfValue } from "../../store/scan.ts";
import { recordCodec } from "../codec.ts";
import type { CacheEntry } from "../entry.ts";
import type { RecordStore } from "../lookup.ts";
import { createPurgeMarkers } from "./markers.ts";
import type { PurgeMarkers, PurgeScope } from "./purge.ts";

export interface PurgePreview {
  /** Stored responses that are meant, kept versions among them. */
  readonly count: number;
  readonly samples: readonly SampleEntry[];
  /** Whether the time was over before all was looked through: then there may be more. */
  readonly cut: boolean;
}

type SampleEntry = Pick<CacheEntry, "route" | "target" | "tags"> & {
  readonly status: number;
  readonly storedAt: Instant;
};

export interface PreviewOptions {
  readonly store: RecordStore;
  /** Everything that is stored, from `scanStore`. */
  readonly pages: AsyncIterable<readonly StartOfValue[]>;
  /** What is purged already counts no more. */
  readonly purges: PurgeMarkers;
  readonly scopes: readonly PurgeScope[];
  readonly limitMs: number;
}

const MOST_SAMPLES = 20;

/** Rejects when the store does not answer. */
export async function previewPurge(options: PreviewOptions): Promise<PurgePreview> {
  const { store, pages, limitMs } = options;
  const until = performance.now() + limitMs;
  const isMeant = createTest(options);
  const meant = new Set<string>();
  const samples: SampleEntry[] = [];
  for await (const page of pages) {
    for (const value of page) {
      const entry = await entryOf(value, store);
      if (entry === undefined || !isMeant(entry) || meant.has(value.reference)) continue;
      meant.add(value.reference);
      if (samples.length < MOST_SAMPLES) samples.push(sampleOf(entry));
    }
    if (performance.now() > until) return { count: meant.size, samples, cut: true };
  }
  return { count: meant.size, samples, cut: false };
}

/** What is stored now is meant, unless it is gone already. */
function createTest({ scopes, purges }: PreviewOptions): (entry: CacheEntry) => boolean {
  const wanted = createPurgeMarkers();
  for (const scope of scopes)
    wanted.add({ scope, fence: Number.MAX_SAFE_INTEGER, at: 0, soft: false });
  return (entry) =>
    wanted.verdictOn(entry).state !== "kept" && purges.verdictOn(entry).state !== "gone";
}

/** The entry, its body perhaps cut; undefined for what is none. A head that is longer than what was scanned is read whole. */
async function entryOf(
  { start, reference }: StartOfValue,
  store: RecordStore,
): Promise<CacheEntry | undefined> {
  try {
    const record = recordCodec.decode(start);
    return record.kind === "entry" ? record.entry : undefined;
  } catch {
    const read = await store.readReference(reference);
    return read.state === "found" && read.value.kind === "entry" ? read.value.entry : undefined;
  }
}

function sampleOf({ route, target, tags, response, storedAt }: CacheEntry): SampleEntry {
  return { route, target, tags, status: response.status, storedAt };
}
