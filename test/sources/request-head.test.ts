import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { createOrigin } from "../../src/sources/origin.ts";
import { peerOf } from "../../src/sources/request-head.ts";
import { ask, type CreateSource, withOrigin } from "../helpers/source.ts";

const create: CreateSource = (origin, timeouts) => createOrigin({ origin, timeouts });

describe("what cannot go out as it is does not go out", () => {
  test.each([
    ["a target without a slash", { target: "s3cr3t" }],
    ["a target in absolute form", { target: "http://s3cr3t/" }],
    ["an asterisk for another method than OPTIONS", { target: "*" }],
    ["a space in the target", { target: "/s3cr3t x" }],
    ["a line feed in the target", { target: "/s3cr3t\nx" }],
    ["a NUL in the target", { target: "/s3cr3t\0" }],
    ["a character of more than an octet in the target", { target: "/s3cr3t€" }],
    ["an empty target", { target: "" }],
    ["a line end in a value", { fields: ["X-A", "s3cr3t\r\nX-B: 1"] }],
    ["a character of more than an octet in a value", { fields: ["X-A", "s3cr3t€"] }],
    ["a space in a name", { fields: ["X A", "s3cr3t"] }],
    ["a method in lower case", { method: "get" }],
    ["a space in a method", { method: "GET /s3cr3t" }],
  ])("%s", async (_, request) => {
    const { origin, source } = await withOrigin(create);
    const failure = await ask(source, request).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TypeError);
    expect(String(failure)).not.toContain("s3cr3t");
    expect(origin.connections).toBe(0);
  });

  test("two lengths of a body", async () => {
    const { source } = await withOrigin(create);
    const body = Readable.from([Buffer.from("12345")]);
    const fields = ["Content-Length", "5", "Content-Length", "4"];
    const request = { method: "POST", fields, body };
    await expect(ask(source, request)).rejects.toBeInstanceOf(TypeError);
  });
});

test("OPTIONS asks of the whole server with an asterisk", async () => {
  const { origin, source } = await withOrigin(create);
  (await ask(source, { method: "OPTIONS", target: "*" })).body.resume();
  expect(origin.requests[0]).toMatchObject({ method: "OPTIONS", url: "*" });
});

test.each([
  ["http://127.0.0.1:9000", { address: "127.0.0.1", port: "9000", host: "127.0.0.1:9000" }],
  ["http://example.org", { address: "example.org", port: "", host: "example.org" }],
  ["https://example.org:443", { address: "example.org", port: "", host: "example.org" }],
  ["http://[::1]:9000", { address: "::1", port: "9000", host: "[::1]:9000" }],
])("%s is an origin", (origin, peer) => {
  expect(peerOf(origin)).toMatchObject(peer);
});

test("an origin of another scheme is refused", () => {
  expect(() => peerOf("ftp://example.org")).toThrow("A source is reached over http or https");
});

test("a source is named by host and port", () => {
  const timeouts = { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 };
  expect(create("http://user:s3cr3t@example.org:81", timeouts).name).toBe("example.org:81");
});
