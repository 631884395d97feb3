/**
 * The frame around every stored value: a head of fixed size, then the value, or nothing when the value stands in pieces.
 *
 *     0  "WF"        4  fence, double, big-endian      16  length of the value, uint32
 *     2  version     12 nonce of the write             20  CRC-32 of Redis key, head before this, and value
 *     3  form
 *
 * The writer's script reads the same offsets. The checksum covers the key, so that a value that turns up under another key is corrupt.
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

export const HEAD_BYTES = 24;
export const FRAME_VERSION = 1;
/** Largest value that stands in the frame itself; larger ones are in pieces, so that one MGET never brings much. */
export const INLINE_BYTES = 65_536;
/** Size of all pieces but the last: each one command, small enough for the budget on a slow network. */
export const PIECE_BYTES = 262_144;

const WHOLE = 0;
const PIECES = 1;
const FENCE_AT = 4;
const LENGTH_AT = 16;
const CHECKSUM_AT = 20;

export interface FrameHead {
  readonly form: "whole" | "pieces";
  readonly fence: number;
  /** Unlike every other write's: fence and nonce in hexadecimal. */
  readonly write: string;
  /** Of the value, in bytes. */
  readonly length: number;
  readonly checksum: number;
}

/** What the first bytes of a stored blob say. `foreign`: of another version, so as good as not there. */
export type ReadHead =
  | { readonly state: "head"; readonly head: FrameHead }
  | { readonly state: "foreign" }
  | { readonly state: "corrupt" };

/** A head for a new write, its checksum still open. Throws for values above 4 GiB. */
export function startHead(fence: number, length: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write("WF", 0, "latin1");
  head.writeUInt8(FRAME_VERSION, 2);
  head.writeUInt8(length > INLINE_BYTES ? PIECES : WHOLE, 3);
  head.writeDoubleBE(fence, FENCE_AT);
  randomBytes(4).copy(head, 12);
  head.writeUInt32BE(length, LENGTH_AT);
  return head;
}

/** Closes a head with the checksum over everything. */
export function sealHead(head: Buffer, checksum: number): void {
  head.writeUInt32BE(checksum, CHECKSUM_AT);
}

export function writeOf(head: Buffer): string {
  return head.toString("hex", FENCE_AT, LENGTH_AT);
}

export function readHead(blob: Buffer): ReadHead {
  if (blob.length < HEAD_BYTES || blob.toString("latin1", 0, 2) !== "WF")
    return { state: "corrupt" };
  if (blob.readUInt8(2) !== FRAME_VERSION) return { state: "foreign" };
  const form = blob.readUInt8(3);
  if (form !== WHOLE && form !== PIECES) return { state: "corrupt" };
  const head: FrameHead = {
    form: form === WHOLE ? "whole" : "pieces",
    fence: blob.readDoubleBE(FENCE_AT),
    write: writeOf(blob),
    length: blob.readUInt32BE(LENGTH_AT),
    checksum: blob.readUInt32BE(CHECKSUM_AT),
  };
  return { state: "head", head };
}

/** The checksum before any byte of the value; go on with `addToChecksum`. */
export function startChecksum(redisKey: string, head: Buffer): number {
  return crc32(head.subarray(0, CHECKSUM_AT), crc32(redisKey));
}

export function addToChecksum(checksum: number, bytes: Buffer): number {
  return crc32(bytes, checksum);
}

export function pieceCount(length: number): number {
  return Math.ceil(length / PIECE_BYTES);
}
