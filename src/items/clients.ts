/** Who a token belongs to, and what they may read. */
import { hash, timingSafeEqual } from "node:crypto";
import type { ItemClient } from "../config/items.ts";
import type { Instant } from "../fields.ts";
import { matchesSegments, matchesShell } from "./glob.ts";

/** The client of a token, or undefined when no client has it, or not any more. Takes as long for a wrong token as for a right one. */
export function clientOf(
  clients: readonly ItemClient[],
  token: string,
  now: Instant,
): ItemClient | undefined {
  const given = hash("sha256", token, "buffer");
  let found: ItemClient | undefined;
  for (const client of clients) {
    for (const { digest, expiresAt } of client.tokens) {
      const isIt = timingSafeEqual(given, digest);
      if (isIt && (expiresAt === undefined || now < expiresAt)) found = client;
    }
  }
  return found;
}

export function mayRead({ urls, paths }: ItemClient, path: string): boolean {
  return (
    urls.some((pattern) => matchesShell(pattern, path)) ||
    paths.some((pattern) => matchesSegments(pattern, path))
  );
}
