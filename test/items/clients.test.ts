import { hash } from "node:crypto";
import { expect, test } from "vitest";
import type { ItemClient } from "../../src/config/items.ts";
import { clientOf, mayRead } from "../../src/items/clients.ts";

const token = (text: string, expiresAt?: number) => ({
  digest: hash("sha256", text, "buffer"),
  ...(expiresAt !== undefined && { expiresAt }),
});
const client = (name: string, tokens: ItemClient["tokens"], more = {}): ItemClient => ({
  ...{ name, tokens, urls: [], paths: [] },
  ...more,
});
const CLIENTS = [
  client("app", [token("one"), token("two")]),
  client("old", [token("three", 1_000)]),
  client("none", []),
];

test.each([
  ["one", 0, "app"],
  ["two", 0, "app"],
  ["three", 999, "old"],
  ["three", 1_000, undefined],
  ["four", 0, undefined],
  ["", 0, undefined],
  ["One", 0, undefined],
  ["one ", 0, undefined],
  [hash("sha256", "one"), 0, undefined],
])("the token %s at %i is that of %s", (shown, now, name) => {
  expect(clientOf(CLIENTS, shown, now)?.name).toBe(name);
});

test("a client may read what any of its patterns of either kind means, and nothing without one", () => {
  const app = client("app", [], { urls: ["/a*"], paths: ["/b/*"] });
  expect(["/a", "/a/b", "/b/c"].every((path) => mayRead(app, path))).toBe(true);
  expect(["/b/c/d", "/c", "/"].some((path) => mayRead(app, path))).toBe(false);
  expect(mayRead(client("none", []), "/a")).toBe(false);
});
