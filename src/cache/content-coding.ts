/** Undoing content codings (RFC 9110 §8.4.1), to look into a body. What is stored and sent stays as it was received. */
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { type FieldList, valuesOf } from "../fields.ts";

/** No more than this is unpacked. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;
const LIMIT = { maxOutputLength: MAX_DECODED_BYTES };

const DECODERS: ReadonlyMap<string, (body: Buffer) => Buffer> = new Map([
  ["identity", (body: Buffer) => body],
  ["gzip", (body: Buffer) => gunzipSync(body, LIMIT)],
  ["x-gzip", (body: Buffer) => gunzipSync(body, LIMIT)],
  ["deflate", (body: Buffer) => inflateSync(body, LIMIT)],
  ["br", (body: Buffer) => brotliDecompressSync(body, LIMIT)],
]);

/** The codings of a body in the order in which they were applied, lower case. */
export function codingsOf(fields: FieldList): string[] {
  const members = valuesOf(fields, "content-encoding").flatMap((line) => line.split(","));
  return members.map((member) => member.trim().toLowerCase()).filter((member) => member !== "");
}

/** The body without its codings; undefined when one is unknown, broken or unpacks to too much. */
export function decodedBody(fields: FieldList, body: Buffer): Buffer | undefined {
  try {
    let decoded: Buffer | undefined = body;
    for (const coding of codingsOf(fields).toReversed()) {
      decoded = decoded && DECODERS.get(coding)?.(decoded);
    }
    return decoded;
  } catch {
    return undefined;
  }
}
