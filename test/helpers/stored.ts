import { expect, vi } from "vitest";
import type { TestFront } from "./front.ts";

/** Asks until the answer comes from the store, and returns the first one's text: it was sent before it was stored. */
export async function stored(
  front: Pick<TestFront, "ask">,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { text } = await front.ask(target, { headers });
  await vi.waitFor(async () =>
    expect((await front.ask(target, { headers })).cacheStatus).toContain("hit"),
  );
  return text;
}
