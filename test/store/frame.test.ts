import fc from "fast-check";
import { expect, test } from "vitest";
import { entryKey } from "../../src/redis/keys.ts";
import {
  addToChecksum,
  formOf,
  HEAD_BYTES,
  INLINE_BYTES,
  PIECE_BYTES,
  pieceCount,
  readHead,
  sealHead,
  startChecksum,
  startHead,
  writeOf,
} from "../../src/store/frame.ts";

const KEY = entryKey("key");

test("a head says what it was made of", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 52), fc.nat(2 ** 31), fc.nat(2 ** 31), (fence, length, sum) => {
      const head = startHead(fence, length);
      const unsealed = startChecksum(KEY, head);
      sealHead(head, sum);
      expect(head).toHaveLength(HEAD_BYTES);
      expect(startChecksum(KEY, head)).toBe(unsealed);
      expect(formOf(head)).toBe(length > INLINE_BYTES ? "pieces" : "whole");
      expect(readHead(head)).toEqual({ fence, write: writeOf(head), length, checksum: sum });
    }),
  );
});

test("reading a head never throws, whatever the bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, ours) => {
      const blob = Buffer.from(bytes);
      if (ours) blob.write("WF\x01", 0, "latin1");
      expect(["whole", "pieces", "foreign", "corrupt"]).toContain(formOf(blob));
    }),
  );
});

test("a head of another version is foreign, anything else that is no head is corrupt", () => {
  const head = startHead(1, 1);
  expect(formOf(head.subarray(0, HEAD_BYTES - 1))).toBe("corrupt");
  expect(formOf(Buffer.concat([Buffer.from("x"), head]))).toBe("corrupt");
  head.writeUInt8(9, 3);
  expect(formOf(head)).toBe("corrupt");
  head.writeUInt8(2, 2);
  expect(formOf(head)).toBe("foreign");
});

test("two writes under one fence are told apart", () => {
  expect(writeOf(startHead(7, 1))).not.toBe(writeOf(startHead(7, 1)));
});

test("the checksum covers the key, every byte of the head after it, and the value in any division", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1 }),
      fc.nat(),
      fc.integer({ min: 8, max: HEAD_BYTES - 1 }),
      (bytes, cutAt, at) => {
        const value = Buffer.from(bytes);
        const head = startHead(5, value.length);
        const sum = addToChecksum(startChecksum(KEY, head), value);
        const cut = cutAt % value.length;
        const inTwo = addToChecksum(
          addToChecksum(startChecksum(KEY, head), value.subarray(0, cut)),
          value.subarray(cut),
        );
        expect(inTwo).toBe(sum);
        expect(addToChecksum(startChecksum(entryKey("another"), head), value)).not.toBe(sum);
        head.writeUInt8(head.readUInt8(at) ^ 1, at);
        expect(addToChecksum(startChecksum(KEY, head), value)).not.toBe(sum);
      },
    ),
  );
});

test("a value has as many pieces as it takes", () => {
  expect([0, 1, PIECE_BYTES, PIECE_BYTES + 1].map(pieceCount)).toEqual([0, 1, 1, 2]);
});
