/**
 * Entries as bytes: a head of fixed size, shape and tags as JSON, the payload.
 *
 *     0 format  1 kind  2 form  4 fence or tag version  12 stored  20 stale  28 revalidate until  36 on error until
 *     44 generation  52 raw length  56 length of shape and tags
 */
import type { Codec } from "../store/tiered.ts";
import type { StoredEntry, ValueEntry } from "./entry.ts";

const FORMAT = 1;
const GONE = 0;
const VALUE = 1;
const TAG = 2;
const WRITING = 3;
const SHORT_BYTES = 12;
const HEAD_BYTES = 60;
/** Of an entry in memory besides its payload. */
const ENTRY_BYTES = 240;

export const entryCodec: Codec<StoredEntry> = { encode, decode, sizeOf };

function encode(entry: StoredEntry): Buffer {
  if (entry.kind === "value") return encodeValue(entry);
  const blob = Buffer.alloc(SHORT_BYTES);
  blob[0] = FORMAT;
  blob[1] = entry.kind === "tag" ? TAG : entry.writing ? WRITING : GONE;
  blob.writeDoubleBE(entry.kind === "gone" ? entry.fence : entry.version, 4);
  return blob;
}

function encodeValue(entry: ValueEntry): Buffer {
  const { shape, tags, payload } = entry;
  const about =
    shape === "" && tags.length === 0 ? NOTHING : Buffer.from(JSON.stringify([shape, ...tags]));
  const head = Buffer.alloc(HEAD_BYTES);
  head[0] = FORMAT;
  head[1] = VALUE;
  head[2] = entry.form;
  head.writeDoubleBE(entry.fence, 4);
  head.writeDoubleBE(entry.storedAt, 12);
  head.writeDoubleBE(entry.staleAt, 20);
  head.writeDoubleBE(entry.revalidateUntil, 28);
  head.writeDoubleBE(entry.onErrorUntil, 36);
  head.writeDoubleBE(entry.generation, 44);
  head.writeUInt32BE(entry.rawLength, 52);
  head.writeUInt32BE(about.length, 56);
  return Buffer.concat([head, about, payload]);
}

const NOTHING = Buffer.alloc(0);

function decode(blob: Buffer): StoredEntry {
  if (blob.length < SHORT_BYTES || blob[0] !== FORMAT) throw new RangeError("no value entry");
  const fence = blob.readDoubleBE(4);
  if (blob[1] === GONE || blob[1] === WRITING)
    return { kind: "gone", fence, writing: blob[1] === WRITING };
  if (blob[1] === TAG) return { kind: "tag", version: fence };
  if (blob[1] !== VALUE || blob.length < HEAD_BYTES) throw new RangeError("no value entry");
  const payloadAt = HEAD_BYTES + blob.readUInt32BE(56);
  if (payloadAt > blob.length) throw new RangeError("a value entry that ends early");
  const [shape, tags] = decodeAbout(blob.subarray(HEAD_BYTES, payloadAt));
  return {
    kind: "value",
    fence,
    storedAt: blob.readDoubleBE(12),
    staleAt: blob.readDoubleBE(20),
    revalidateUntil: blob.readDoubleBE(28),
    onErrorUntil: blob.readDoubleBE(36),
    generation: blob.readDoubleBE(44),
    rawLength: blob.readUInt32BE(52),
    form: blob[2] as number,
    shape,
    tags,
    payload: blob.subarray(payloadAt),
  };
}

function decodeAbout(about: Buffer): [string, (string | number)[]] {
  if (about.length === 0) return ["", []];
  const [shape, ...tags] = JSON.parse(about.toString("utf8")) as [string, ...(string | number)[]];
  return [shape, tags];
}

function sizeOf(entry: StoredEntry): number {
  return entry.kind === "value" ? entry.payload.length + ENTRY_BYTES : ENTRY_BYTES;
}
