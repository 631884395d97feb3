import { expect, test } from "vitest";
import { createCancelKey, isCancelKey } from "../../src/queues/cancel-key.ts";

const UUID_8 = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

test("a key fits the id that was made with it, in any case, and no other", () => {
  const [one, other] = [createCancelKey(), createCancelKey()];
  expect(one.id).toMatch(UUID_8);
  expect(isCancelKey(one.key, one.id)).toBe(true);
  expect(isCancelKey(one.key, one.id.toUpperCase())).toBe(true);
  expect(isCancelKey(other.key, one.id)).toBe(false);
});

test.each(["", "x", "👋", "a".repeat(100_000)])("the text %.10j is a key to nothing", (text) => {
  const { id } = createCancelKey();
  expect(isCancelKey(text, id)).toBe(false);
  expect(isCancelKey(createCancelKey().key, text)).toBe(false);
});

test("a thousand ids are all different", () => {
  expect(new Set(Array.from({ length: 1_000 }, () => createCancelKey().id)).size).toBe(1_000);
});
