import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { collect, createCollector, readUpTo } from "../../src/cache/collector.ts";

function bodyOf(...chunks: string[]): Readable {
  return Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
}

test("a collector holds the whole body up to its limit, and nothing beyond it", () => {
  const collector = createCollector(5);
  collector.push(Buffer.from("abc"));
  collector.push(Buffer.from("de"));
  expect(collector.whole()?.toString()).toBe("abcde");
  collector.push(Buffer.from("f"));
  expect(collector.overflowed).toBe(true);
  expect(collector.whole()).toBeUndefined();
});

test("all copies together hold a bounded number of octets, and what one gives back another may take", () => {
  const mib = Buffer.alloc(1024 * 1024);
  const collectors = Array.from({ length: 40 }, () => createCollector(16 * mib.length));
  for (const collector of collectors) for (let i = 0; i < 8; i++) collector.push(mib);
  const kept = collectors.filter(({ overflowed }) => !overflowed);
  expect(kept).toHaveLength(16);
  kept[0]?.drop();
  expect(kept[1]?.whole()).toHaveLength(8 * mib.length);
  const next = createCollector(16 * mib.length);
  for (let i = 0; i < 16; i++) next.push(mib);
  expect(next.overflowed).toBe(false);
  for (const collector of [next, ...kept]) collector.drop();
});

test("a body is collected whole, or not at all when it is too long", async () => {
  expect((await collect(bodyOf("ab", "cd"), 4))?.toString()).toBe("abcd");
  expect(await collect(bodyOf("ab", "cd", "e"), 4)).toBeUndefined();
  expect((await collect(bodyOf(), 4))?.length).toBe(0);
});

test("a body within the limit is read to its end", async () => {
  const { complete, bytes } = await readUpTo(bodyOf("ab", "cd"), 4);
  expect({ complete, text: bytes.toString() }).toEqual({ complete: true, text: "abcd" });
});

test("of a body beyond the limit the beginning is read, and the rest can be read after it", async () => {
  const body = bodyOf("ab", "cd", "ef", "gh");
  const { complete, bytes } = await readUpTo(body, 3);
  expect({ complete, text: bytes.toString() }).toEqual({ complete: false, text: "abcd" });
  expect(await text(body)).toBe("efgh");
});

test("a body that breaks rejects, and one that breaks later says so to who reads on", async () => {
  const broken = new PassThrough();
  const reading = readUpTo(broken, 10);
  broken.destroy(new Error("reset"));
  await expect(reading).rejects.toThrow("reset");
  const later = new PassThrough();
  later.write("abc");
  expect((await readUpTo(later, 2)).complete).toBe(false);
  later.destroy(new Error("reset"));
  await new Promise(setImmediate);
  expect(later.errored?.message).toBe("reset");
});
