/**
 * The frame around every stored value: a head of fixed size, then the value, or nothing when the value stands in pieces.
 *
 *     0  "WF"       3  form                              8  fence, double, big-endian
 *     2  version    4  CRC-32 of all that follows        16 nonce of the write            20  length of the value, uint32
 *
 * The writer's script reads the same offsets. The checksum starts from the Redis key, so that a value that turns up under another key
 * is corrupt, and goes on over the pieces.
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { ENTRY_PREFIX } from "../redis/keys.ts";

export const HEAD_BYTES = 24;
export const FRAME_VERSION = 1;
/** Largest value that stands in the frame itself; larger ones are in pieces, so that one MGET never brings much. */
export const INLINE_BYTES = 65_536;
/** Size of all pieces but the last: each one command, small enough for the budget on a slow network. */
export const PIECE_BYTES = 262_144;

const WHOLE = 0;
const PIECES = 1;
/** "WF" as a number. */
const MAGIC = 0x5746;
const CHECKSUM_AT = 4;
const FENCE_AT = 8;
const LENGTH_AT = 20;

export interface FrameHead {
  readonly fence: number;
  /** Unlike every other write's: fence and nonce in hexadecimal. */
  readonly write: string;
  /** Of the value, in bytes. */
  readonly length: number;
  readonly checksum: number;
}

/** A head for a new write, its checksum still open. Throws for values above 4 GiB. */
export function startHead(fence: number, length: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(MAGIC, 0);
  head.writeUInt8(FRAME_VERSION, 2);
  head.writeUInt8(length > INLINE_BYTES ? PIECES : WHOLE, 3);
  head.writeDoubleBE(fence, FENCE_AT);
  randomBytes(4).copy(head, 16);
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

/** What the first bytes of a stored blob claim to be. `foreign`: of another version, so as good as not there. */
export function formOf(blob: Buffer): "whole" | "pieces" | "foreign" | "corrupt" {
  if (blob.length < HEAD_BYTES || blob.readUInt16BE(0) !== MAGIC) return "corrupt";
  if (blob[2] !== FRAME_VERSION) return "foreign";
  if (blob[3] === WHOLE) return "whole";
  return blob[3] === PIECES ? "pieces" : "corrupt";
}

/** The head of a blob that is whole or in pieces. */
export function readHead(blob: Buffer): FrameHead {
  return {
    fence: blob.readDoubleBE(FENCE_AT),
    write: writeOf(blob),
    length: blob.readUInt32BE(LENGTH_AT),
    checksum: blob.readUInt32BE(CHECKSUM_AT),
  };
}

/** The checksum of a frame as far as `blob` goes; go on over pieces with `addToChecksum`. */
export function startChecksum(redisKey: string, blob: Buffer): number {
  return crc32(blob.subarray(FENCE_AT), seedOf(redisKey));
}

export function addToChecksum(checksum: number, bytes: Buffer): number {
  return crc32(bytes, checksum);
}

export function pieceCount(length: number): number {
  return Math.ceil(length / PIECE_BYTES);
}

/** 32 bits of the key's digest: two checksums of the same bytes are equal only when their seeds are. */
function seedOf(redisKey: string): number {
  let seed = 0;
  for (let i = ENTRY_PREFIX.length + 1; i < ENTRY_PREFIX.length + 7; i++) {
    seed = (seed << 6) ^ redisKey.charCodeAt(i);
  }
  return seed >>> 0;
}
