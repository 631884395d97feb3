import { expect, vi } from "vitest";
import type { TestFront } from "./front.ts";

/** Asks until the answer comes from the store, and returns the first one's text: it was sent before it was stored. */
export async function stored(
  front: Pick<TestFront, "ask" | "parts">,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { store } = front.parts.tools;
  const before = store.stats().written;
  const { text, cacheStatus } = await front.ask(target, { headers });
  await vi.waitFor(async () => {
    // On its way into the store it is a hit already.
    if (cacheStatus.includes("stored")) expect(store.stats().written).toBeGreaterThan(before);
    expect((await front.ask(target, { headers })).cacheStatus).toContain("hit");
  });
  return text;
}
