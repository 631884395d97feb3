/**
 * Values as bytes. JSON where JSON is exact, because it is the fastest to read and every release and language understands it; bytes as
 * they are; for everything else V8's structured clone. None of them can run code on the way back.
 */
import { deserialize, serialize } from "node:v8";
import { formOf } from "./plain.ts";

/** How a payload is written; stored with it, so the numbers stay. */
const JSON_FORM = 1;
const CLONE_FORM = 2;
const BYTES_FORM = 3;

export interface Serialized {
  readonly form: number;
  readonly bytes: Buffer;
}

/** Throws an `UnstorableError` for what has no exact form. */
export function toBytes(value: unknown): Serialized {
  if (Buffer.isBuffer(value)) return { form: BYTES_FORM, bytes: Buffer.from(value) };
  if (formOf(value) === "json")
    return { form: JSON_FORM, bytes: Buffer.from(JSON.stringify(value)) };
  return { form: CLONE_FORM, bytes: serialize(value) };
}

/** A value of the caller's own. Throws when the bytes are none of that form. */
export function fromBytes({ form, bytes }: Serialized): unknown {
  switch (form) {
    case JSON_FORM:
      return JSON.parse(bytes.toString("utf8"));
    case CLONE_FORM:
      // Typed arrays come back as views of what they were read from.
      return deserialize(new Uint8Array(bytes));
    case BYTES_FORM:
      return Buffer.from(bytes);
    default:
      throw new RangeError(`Form ${form} is unknown.`);
  }
}
