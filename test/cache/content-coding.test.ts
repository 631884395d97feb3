import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { codingsOf, decodedBody } from "../../src/cache/content-coding.ts";

const PLAIN = Buffer.from("hello");

test.each<[coding: string | undefined, body: Buffer]>([
  [undefined, PLAIN],
  ["identity", PLAIN],
  ["gzip", gzipSync(PLAIN)],
  ["X-GZIP", gzipSync(PLAIN)],
  ["deflate", deflateSync(PLAIN)],
  ["br", brotliCompressSync(PLAIN)],
  ["gzip, br", brotliCompressSync(gzipSync(PLAIN))],
])("the coding %s is undone", (coding, body) => {
  const fields = coding === undefined ? [] : ["Content-Encoding", coding];
  expect(decodedBody(fields, body)?.toString()).toBe("hello");
});

test.each<[sentence: string, coding: string, body: Buffer]>([
  ["an unknown coding", "zstd-x", PLAIN],
  ["a broken body", "gzip", PLAIN],
  ["a body that ends early", "gzip", gzipSync(PLAIN).subarray(0, 12)],
  [
    "a body that unpacks to more than 64 MiB",
    "br",
    brotliCompressSync(Buffer.alloc(65 * 1024 * 1024)),
  ],
])("%s cannot be undone", (_, coding, body) => {
  expect(decodedBody(["Content-Encoding", coding], body)).toBeUndefined();
});

test("codings are listed over all lines", () => {
  expect(codingsOf(["Content-Encoding", "GZIP,", "content-encoding", " br"])).toEqual([
    "gzip",
    "br",
  ]);
});
