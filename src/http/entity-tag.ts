/** Versions of what is sent, by what it says. */
import { createHash } from "node:crypto";

/** Names what a body says: the entity tag when it is asked for, the id of the event when it is streamed. */
export function versionOf(body: string | Buffer): string {
  return createHash("sha256").update(body).digest("base64url").slice(0, 22);
}

/** Whether an `If-None-Match` names this version, compared weakly (RFC 9110 §13.1.2). */
export function isKnown(ifNoneMatch: string | undefined, version: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === `"${version}"`);
}
