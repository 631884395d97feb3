/** Secrets for jobs: a payload names one by a reference, and the secret itself rests sealed beside the queue until it expires. */
import { randomBytes } from "node:crypto";
import type { RedisClient } from "../redis/connect.ts";
import { sealedKey } from "../redis/keys.ts";
import type { Sealer } from "../store/seal.ts";

export interface SealedSecrets {
  /** Seals a secret for so many milliseconds. Resolves with a reference, which is no secret itself: without the key it opens nothing. */
  put(secret: string, ttlMs: number): Promise<string>;
  /** Undefined when it has expired, was forgotten, or cannot be opened with the keys of today. */
  read(reference: string): Promise<string | undefined>;
  forget(reference: string): Promise<void>;
}

const REFERENCE = /^[\w-]{24}$/;

/** `connection`: to the queue role. Every call rejects when it fails. */
export function createSealedSecrets(connection: RedisClient, sealer: Sealer): SealedSecrets {
  return {
    async put(secret, ttlMs) {
      const reference = randomBytes(18).toString("base64url");
      const sealed = sealer.seal(Buffer.from(secret), contextOf(reference));
      await connection.set(sealedKey(reference), sealed, "PX", Math.max(1, Math.ceil(ttlMs)));
      return reference;
    },
    async read(reference) {
      if (!REFERENCE.test(reference)) return undefined;
      const sealed = await connection.getBuffer(sealedKey(reference));
      return sealed === null ? undefined : sealer.open(sealed, contextOf(reference))?.toString();
    },
    async forget(reference) {
      if (REFERENCE.test(reference)) await connection.del(sealedKey(reference));
    },
  };
}

/** Sealed for its reference alone: a secret that is moved under another one does not open. */
function contextOf(reference: string): string {
  return `job secret ${reference}`;
}
