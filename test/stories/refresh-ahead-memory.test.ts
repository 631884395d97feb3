import { expect, test } from "vitest";
import { startFront } from "../helpers/front.ts";
import { stored } from "../helpers/stored.ts";

test("a hit from memory near the end of its freshness asks for the refresh ahead", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 }, refreshAhead: 0.5 });
  front.origin.answers("one", "two");
  expect(await stored(front, "/doc")).toBe("one");
  front.advance(45_000);
  expect(await front.ask("/doc")).toMatchObject({ text: "one" });
  await expect.poll(async () => (await front.ask("/doc")).text).toBe("two");
  expect(front.origin.requests).toHaveLength(2);
});
