import { expect, test } from "vitest";
import { firstValue, isEssential } from "../../src/cache/message.ts";

test("the first line of a field is found by its name in any case", () => {
  expect(firstValue(["a", "0", "X-A", "1", "x-a", "2"], "x-a")).toBe("1");
  expect(firstValue(["x-ab", "1", "1", "x-a"], "x-a")).toBeUndefined();
  expect(firstValue(["x-a", ""], "x-a")).toBe("");
});

test.each<[name: string, essential: boolean]>([
  ["cache-control", true],
  ["vary", true],
  ["set-cookie", false],
  ["etag", false],
])("%s is meant for every recipient: %s", (name, essential) => {
  expect(isEssential(name)).toBe(essential);
});
