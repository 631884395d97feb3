/** Values and the payloads they are kept as. */
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { ValueEntry } from "./entry.ts";
import { UnstorableError } from "./errors.ts";
import { fromBytes, toBytes } from "./serialize.ts";

export interface PackLimits {
  /** Values of more bytes are compressed. */
  readonly compressAbove: number;
  /** Values of more bytes are not stored. */
  readonly maxBytes: number;
}

export type Packed = Pick<ValueEntry, "form" | "rawLength" | "payload">;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** Fast: most of the gain for a fraction of the time. */
const LEVEL = 3;

/** Rejects with an `UnstorableError` for a value that has no exact form or is too large. */
export async function pack(value: unknown, limits: PackLimits): Promise<Packed> {
  const { form, bytes } = toBytes(value);
  if (bytes.length > limits.maxBytes)
    throw new UnstorableError(
      `A value of ${bytes.length} bytes is above the limit of ${limits.maxBytes}.`,
    );
  if (bytes.length > limits.compressAbove) {
    const payload = await deflate(bytes, { level: LEVEL });
    if (payload.length < bytes.length) return { form, rawLength: bytes.length, payload };
  }
  return { form, rawLength: 0, payload: bytes };
}

/** The caller's own copy; a promise for compressed ones. Throws or rejects when the payload is not what it should be. */
export function unpack({ form, rawLength, payload }: Packed): unknown {
  if (rawLength === 0) return fromBytes({ form, bytes: payload });
  return inflate(payload, { maxOutputLength: rawLength }).then((bytes) =>
    fromBytes({ form, bytes }),
  );
}
