import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createSealer } from "../../src/store/seal.ts";

const key = Buffer.alloc(32, 7);
const other = Buffer.alloc(32, 8);
const plain = Buffer.from("postgres://user:canary@db/1");

test.each([0, 1, 15, 16, 17, 100_000])("%i bytes come back as they were", (length) => {
  const sealer = createSealer([key]);
  const bytes = randomBytes(length);
  expect(sealer.open(sealer.seal(bytes, "item /a"), "item /a")).toEqual(bytes);
});

test("what is sealed shows nothing of the secret, and is another each time", () => {
  const sealer = createSealer([key]);
  const one = sealer.seal(plain, "a");
  const two = sealer.seal(plain, "a");
  expect(one.includes("canary")).toBe(false);
  expect(one.equals(two)).toBe(false);
  expect(one[0]).toBe(1);
  expect(one.length - plain.length).toBe(33);
});

test("a secret opens only for what it was sealed for", () => {
  const sealer = createSealer([key]);
  const sealed = sealer.seal(plain, "item /a");
  for (const context of ["item /b", "item /a ", "", "item /"])
    expect(sealer.open(sealed, context)).toBeUndefined();
});

test("a secret that lost or changed any byte does not open", () => {
  const sealer = createSealer([key]);
  const sealed = sealer.seal(plain, "a");
  for (let i = 0; i < sealed.length; i++) {
    expect(sealer.open(sealed.subarray(0, i), "a"), `cut at ${i}`).toBeUndefined();
    const changed = Buffer.from(sealed);
    changed.writeUInt8((changed[i] as number) ^ 1, i);
    expect(sealer.open(changed, "a"), `changed at ${i}`).toBeUndefined();
  }
  expect(sealer.open(Buffer.concat([sealed, Buffer.of(0)]), "a")).toBeUndefined();
});

test("another key opens nothing", () => {
  const sealed = createSealer([key]).seal(plain, "a");
  expect(createSealer([other]).open(sealed, "a")).toBeUndefined();
});

test("with two keys the first seals and both open, so that a key can be replaced", () => {
  const before = createSealer([key]);
  const during = createSealer([other, key]);
  const after = createSealer([other]);
  expect(during.open(before.seal(plain, "a"), "a")).toEqual(plain);
  expect(after.open(during.seal(plain, "a"), "a")).toEqual(plain);
  expect(before.open(during.seal(plain, "a"), "a")).toBeUndefined();
});

test("a sealer without keys, or with a key of another length, is refused without showing the key", () => {
  expect(() => createSealer([])).toThrow("needs keys of 32 bytes");
  expect(() => createSealer([key, Buffer.from("short canary")])).toThrow(/^(?!.*canary)/);
});
