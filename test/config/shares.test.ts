import { expect, test } from "vitest";
import { parseShare } from "../../src/config/shares.ts";

test.each([
  ["20%", 0.2],
  ["12.5%", 0.125],
  ["100%", 1],
  ["0%", 0],
  ["0", 0],
  [0, 0],
] as const)("%s is the share %d", (text, share) => {
  expect(parseShare(text)).toBe(share);
});

test.each(["", "20", "0.2", "101%", "-5%", "5 %", "%"])("%j is no share", (text) => {
  expect(parseShare(text)).toBeUndefined();
});
