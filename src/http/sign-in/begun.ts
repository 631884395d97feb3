/** A sign-in that was begun and not yet finished: it lives in a sealed cookie of the browser that began it, so that beginning leaves nothing behind. */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Sealer } from "../../store/seal.ts";
import { returnPath } from "./return-path.ts";

export interface Begun {
  /** Ties GitHub's answer to this browser (RFC 6749 §10.12). */
  readonly state: string;
  /** Ties the code to who asked for it (RFC 7636). */
  readonly verifier: string;
  readonly returnTo: string;
  readonly beganAt: number;
}

/** Longest that a sign-in takes; GitHub's codes live as long. */
export const SIGN_IN_MS = 600_000;

const CONTEXT = "begun sign-in";

const shape = z.strictObject({
  state: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  beganAt: z.int(),
});

export function beginSignIn(returnTo: unknown, now: number): Begun {
  const secret = () => randomBytes(32).toString("base64url");
  return { state: secret(), verifier: secret(), returnTo: returnPath(returnTo), beganAt: now };
}

export function sealBegun(sealer: Sealer, begun: Begun): string {
  return sealer.seal(Buffer.from(JSON.stringify(begun)), CONTEXT).toString("base64url");
}

/** What the cookie holds, if it is ours, not too old, and was begun with this state. */
export function openBegun(
  sealer: Sealer,
  cookie: string | undefined,
  state: string,
  now: number,
): Begun | undefined {
  const plain =
    cookie === undefined ? undefined : sealer.open(Buffer.from(cookie, "base64url"), CONTEXT);
  if (plain === undefined) return undefined;
  const begun = shape.safeParse(JSON.parse(plain.toString())).data;
  if (begun === undefined || now - begun.beganAt > SIGN_IN_MS) return undefined;
  return isSame(begun.state, state) ? begun : undefined;
}

/** Compares secrets in the same time whatever they hold. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
