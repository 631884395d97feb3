/** A value as it is kept: sealed, behind a line that says what it is of and when it was good. */
import type { Instant } from "../fields.ts";
import type { Sealer } from "../store/seal.ts";

/** A value that was good. */
export interface ItemRecord {
  /** The value as JSON. */
  readonly body: Buffer;
  /** When its source was asked for it. */
  readonly goodAt: Instant;
}

/** Which item, and of which source: a value of another one is never taken for its own. */
export interface ItemIdentity {
  readonly path: string;
  readonly fingerprint: string;
}

/** `other`: of an earlier source of this path. `corrupt`: not whole, or sealed under a key that we do not have. */
export type Unpacked =
  | { readonly state: "found"; readonly record: ItemRecord }
  | { readonly state: "other" | "corrupt" };

const MARK = "warmfront-item 1";
const HEAD = /^warmfront-item 1 ([\da-f]{32}) (\d{1,15})\n/;
/** Longest that the line can be. */
export const HEAD_BYTES = 80;

export function packRecord(sealer: Sealer, identity: ItemIdentity, record: ItemRecord): Buffer {
  const { body, goodAt } = record;
  const head = Buffer.from(`${MARK} ${identity.fingerprint} ${goodAt}\n`);
  return Buffer.concat([head, sealer.seal(body, context(identity, goodAt))]);
}

export function unpackRecord(sealer: Sealer, identity: ItemIdentity, packed: Buffer): Unpacked {
  const head = readHead(packed);
  if (head === undefined) return { state: "corrupt" };
  if (head.fingerprint !== identity.fingerprint) return { state: "other" };
  const { goodAt, length } = head;
  const body = sealer.open(packed.subarray(length), context(identity, goodAt));
  return body === undefined ? { state: "corrupt" } : { state: "found", record: { body, goodAt } };
}

/** What the line of a packed record says, its own length included; undefined when there is none. */
export function readHead(packed: Buffer) {
  const [line, fingerprint, at] = HEAD.exec(packed.toString("latin1", 0, HEAD_BYTES)) ?? [];
  if (line === undefined || fingerprint === undefined) return undefined;
  return { fingerprint, goodAt: Number(at), length: line.length };
}

/** The line is sealed with the value: a newer date cannot be written over an old one. */
function context({ path, fingerprint }: ItemIdentity, goodAt: Instant): string {
  return `item\n${path}\n${fingerprint}\n${goodAt}`;
}
