/** Secrets at rest: sealed with AES-256-GCM under a key that stands in no store. */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from "node:crypto";

/** Seals and opens under the keys that it was made with. `context` says what the secret belongs to; it is not part of what is sealed. */
export interface Sealer {
  /** Everything needed to open it again but the key and `context`. Two seals of one secret differ. */
  seal(plain: Buffer, context: string): Buffer;
  /** Undefined when it was not sealed under one of the keys for this `context`, or is not whole. */
  open(sealed: Buffer, context: string): Buffer | undefined;
}

/** Bytes of a key. */
const KEY_BYTES = 32;

// A sealed secret: version (1 byte), key id (4), nonce (12), tag (16), then the secret, encrypted.
const VERSION = 1;
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + ID_BYTES;
const TAG_AT = HEAD_BYTES + NONCE_BYTES;
const BODY_AT = TAG_AT + TAG_BYTES;

/** The first key seals, all of them open: so a key is replaced by putting the new one before it. Throws for no key, or one that is not 32 bytes long. */
export function createSealer(keys: readonly Buffer[]): Sealer {
  if (keys.length === 0 || keys.some((key) => key.length !== KEY_BYTES))
    throw new RangeError(`a sealer needs keys of ${KEY_BYTES} bytes`);
  const known = keys.map((key) => ({ key, head: headOf(key) }));
  const [newest] = known as [Known, ...Known[]];
  return {
    seal: (plain, context) => sealUnder(newest, plain, context),
    open: (sealed, context) => {
      const head = sealed.subarray(0, HEAD_BYTES);
      for (const each of known) {
        const plain = each.head.equals(head) ? openUnder(each, sealed, context) : undefined;
        if (plain !== undefined) return plain;
      }
      return undefined;
    },
  };
}

interface Known {
  readonly key: Buffer;
  readonly head: Buffer;
}

/** Version and key id. The id says which key to try, and nothing about the key. */
function headOf(key: Buffer): Buffer {
  const id = createHmac("sha256", key).update("warmfront key id").digest().subarray(0, ID_BYTES);
  return Buffer.concat([Buffer.of(VERSION), id]);
}

function sealUnder({ key, head }: Known, plain: Buffer, context: string): Buffer {
  // Random nonces of 96 bits are safe for 2^32 seals under one key (NIST SP 800-38D §8.3).
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bound(head, context));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([head, nonce, cipher.getAuthTag(), body]);
}

function openUnder({ key, head }: Known, sealed: Buffer, context: string): Buffer | undefined {
  if (sealed.length < BODY_AT) return undefined;
  const nonce = sealed.subarray(HEAD_BYTES, TAG_AT);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bound(head, context));
  decipher.setAuthTag(sealed.subarray(TAG_AT, BODY_AT));
  const plain = decipher.update(sealed.subarray(BODY_AT));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return undefined;
  }
}

/** What must be the same when it is opened. */
function bound(head: Buffer, context: string): Buffer {
  return Buffer.concat([head, Buffer.from(context)]);
}
