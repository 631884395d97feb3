/**
 * The stored form of a record: a fixed head of numbers, one section of strings, then the body as it was received. No JSON and no base64 for
 * responses: decoding costs one copy of the strings and none of the body.
 */
import type { FieldList } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";
import type { CacheRecord } from "./record.ts";

const ENTRY = 1;
const INDEX = 2;
/** kind, status, length of the strings, seven numbers. */
const HEAD_BYTES = 1 + 2 + 4 + 7 * 8;
const INSTANTS_AT = 7;

export const recordCodec = {
  /** Throws when a string holds a NUL, which no field value, target or name may. */
  encode(record: CacheRecord): Buffer {
    if (record.kind === "entry") return encodeEntry(record.entry);
    return Buffer.concat([Buffer.from([INDEX]), Buffer.from(JSON.stringify(record))]);
  },

  /** Throws when the bytes are not a record. */
  decode(blob: Buffer): CacheRecord {
    if (blob[0] === ENTRY) return { kind: "entry", entry: decodeEntry(blob) };
    if (blob[0] === INDEX) return JSON.parse(blob.toString("utf8", 1)) as CacheRecord;
    throw new Error(`Unknown kind of record: ${blob[0]}`);
  },

  /** Bytes that a record occupies in memory, near enough to bound a tier by. */
  sizeOf(record: CacheRecord): number {
    if (record.kind === "index") return 200 + JSON.stringify(record.heads).length * 2;
    const { response, requestFields, target, tags } = record.entry;
    return (
      400 +
      target.length +
      textSize(response.fields) +
      textSize(requestFields) +
      textSize(tags) +
      response.body.length
    );
  },
};

function textSize(texts: readonly string[]): number {
  let size = 0;
  for (const text of texts) size += text.length + 24;
  return size;
}

function encodeEntry(entry: CacheEntry): Buffer {
  const strings = Buffer.from(stringsOf(entry), "latin1");
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt8(ENTRY, 0);
  head.writeUInt16BE(entry.response.status, 1);
  head.writeUInt32BE(strings.length, 3);
  const numbers = [
    entry.bornAt,
    entry.storedAt,
    entry.staleAt,
    entry.revalidateUntil,
    entry.errorUntil,
    entry.deleteAt,
    entry.fence,
  ];
  for (let i = 0; i < numbers.length; i++)
    head.writeDoubleBE(numbers[i] as number, INSTANTS_AT + i * 8);
  return Buffer.concat([head, strings, entry.response.body]);
}

function stringsOf(entry: CacheEntry): string {
  const { response, requestFields, tags, part } = entry;
  const parts = [
    encodeURIComponent(entry.route),
    entry.target,
    response.statusText,
    part === undefined ? "" : `${part.first}/${part.completeLength ?? ""}`,
    String(response.fields.length),
    String(requestFields.length),
    ...response.fields,
    ...requestFields,
    ...tags.map(encodeURIComponent),
  ];
  const joined = parts.join("\0");
  if (joined.split("\0").length !== parts.length) throw new Error("A stored string holds a NUL.");
  return joined;
}

function decodeEntry(blob: Buffer): CacheEntry {
  const bodyAt = HEAD_BYTES + blob.readUInt32BE(3);
  if (bodyAt > blob.length) throw new Error("The record ends within its strings.");
  const strings = blob.toString("latin1", HEAD_BYTES, bodyAt).split("\0");
  const [route, target, statusText, part, fieldCount, requestCount] = strings as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const fieldsEnd = 6 + Number(fieldCount);
  const requestEnd = fieldsEnd + Number(requestCount);
  if (!(requestEnd <= strings.length)) throw new Error("The record lacks strings.");
  const number = (i: number) => blob.readDoubleBE(INSTANTS_AT + i * 8);
  return {
    route: decoded(route),
    target,
    requestFields: strings.slice(fieldsEnd, requestEnd) as FieldList,
    response: {
      status: blob.readUInt16BE(1),
      statusText,
      fields: strings.slice(6, fieldsEnd) as FieldList,
      body: blob.subarray(bodyAt),
    },
    bornAt: number(0),
    storedAt: number(1),
    staleAt: number(2),
    revalidateUntil: number(3),
    errorUntil: number(4),
    deleteAt: number(5),
    fence: number(6),
    tags: strings.slice(requestEnd).map(decoded),
    ...partOf(part),
  };
}

function decoded(text: string): string {
  return text.includes("%") ? decodeURIComponent(text) : text;
}

function partOf(text: string): Pick<CacheEntry, "part"> {
  if (text === "") return {};
  const [first, complete] = text.split("/") as [string, string];
  return {
    part: {
      first: Number(first),
      ...(complete === "" ? {} : { completeLength: Number(complete) }),
    },
  };
}
