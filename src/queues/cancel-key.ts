/**
 * Who may cancel a job: whoever made it. A job's id is the hash of a random key that only its maker gets, so the key proves who asks,
 * in every process and for as long as the job is there, and nothing has to be stored.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export interface CancelKey {
  /** For a job: a UUID of version 8 (RFC 9562 §5.8), which cannot be guessed. */
  readonly id: string;
  /** For its maker alone. */
  readonly key: string;
}

/** The id of a job that is to be made, and the key to it. */
export function createCancelKey(): CancelKey {
  const key = randomBytes(32).toString("base64url");
  return { id: idOf(key), key };
}

/** Whether this is the key of the job of this id. */
export function isCancelKey(key: string, id: string): boolean {
  const expected = Buffer.from(idOf(key));
  const given = Buffer.from(id.toLowerCase());
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function idOf(key: string): string {
  const bytes = createHash("sha256").update(`warmfront cancel key ${key}`).digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex", 0, 16);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
