import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { CacheEntry } from "../../src/cache/entry.ts";
import { diffVersions } from "../../src/cache/version-diff.ts";
import { anEntry } from "../helpers/cache.ts";

function entryWith(type: string, body: string | Buffer, fields: string[] = []): CacheEntry {
  const entry = anEntry(["Content-Type", type, ...fields]);
  return { ...entry, response: { ...entry.response, body: Buffer.from(body) } };
}

function diff(before: CacheEntry, after: CacheEntry) {
  return diffVersions({ name: "old", entry: before }, { name: "new", entry: after });
}

test("equal bodies are equal, whatever they are", async () => {
  const bytes = Buffer.from([0, 1, 2]);
  expect(await diff(entryWith("image/png", bytes), entryWith("image/png", bytes))).toEqual({
    kind: "equal",
  });
});

test("text is compared line by line", async () => {
  expect(
    await diff(entryWith("text/csv", "a,1\nb,2\n"), entryWith("text/csv", "a,1\nb,3\n")),
  ).toEqual({
    kind: "text",
    diff: "--- old\n+++ new\n@@ -1,2 +1,2 @@\n a,1\n-b,2\n+b,3\n",
  });
});

test.each(["application/json", "application/problem+json; charset=utf-8"])(
  "%s in one line is compared member by member",
  async (type) => {
    const compared = await diff(entryWith(type, '{"a":1,"b":2}'), entryWith(type, '{"a":1,"b":3}'));
    expect(compared).toEqual({
      kind: "text",
      diff: '--- old\n+++ new\n@@ -1,4 +1,4 @@\n {\n   "a": 1,\n-  "b": 2\n+  "b": 3\n }\n',
    });
  },
);

test("JSON that is broken is compared as text", async () => {
  expect(
    await diff(entryWith("application/json", "{"), entryWith("application/json", "{}")),
  ).toMatchObject({
    kind: "text",
    diff: expect.stringContaining("-{\n"),
  });
});

test("coded bodies are compared without their coding", async () => {
  const coding = ["Content-Encoding", "gzip"];
  const before = entryWith("text/plain", gzipSync("one\n"), coding);
  expect(await diff(before, entryWith("text/plain", "two\n"))).toMatchObject({
    kind: "text",
    diff: expect.stringContaining("-one\n+two\n"),
  });
});

test.each([
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x01])],
  ["bytes with a NUL", Buffer.from("a\0b")],
  ["too much", Buffer.alloc(1024 * 1024 + 1, "x")],
])("%s are counted", async (_, body) => {
  const before = entryWith("text/plain", "one");
  expect(await diff(before, entryWith("text/plain", body))).toEqual({
    kind: "bytes",
    before: 3,
    after: body.length,
  });
});
