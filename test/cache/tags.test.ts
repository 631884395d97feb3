import { expect, test } from "vitest";
import { tagsOf } from "../../src/cache/tags.ts";

test.each<[sentence: string, fields: string[], tags: string[]]>([
  ["Surrogate-Key is parted by blanks", ["Surrogate-Key", "a  b\tc"], ["a", "b", "c"]],
  ["Cache-Tag is parted by commas", ["Cache-Tag", "a, b c ,d"], ["a", "b c", "d"]],
  ["Cache-Groups is a list of strings", ["Cache-Groups", '"a", "b c"'], ["a", "b c"]],
  ["a malformed Cache-Groups is ignored", ["Cache-Groups", "a, &"], []],
  [
    "all of them, over several lines, once each",
    ["Cache-Tag", "a", "cache-tag", "b", "Surrogate-Key", "b c", "Cache-Groups", '"a"'],
    ["b", "c", "a"],
  ],
  ["none", ["X", "a"], []],
  ["empty ones do not count", ["Cache-Tag", " , ,", "Surrogate-Key", " "], []],
  ["long ones do not count", ["Surrogate-Key", `${"x".repeat(257)} a`], ["a"]],
])("%s", (_, fields, tags) => {
  expect(tagsOf(fields).sort()).toEqual(tags.sort());
});

test("no more than 256 are taken", () => {
  const many = Array.from({ length: 1000 }, (_, i) => `t${i}`).join(" ");
  expect(tagsOf(["Surrogate-Key", many])).toHaveLength(256);
});
