import fc from "fast-check";
import { expect, test } from "vitest";
import { listMembers, splitMembers } from "../../src/cache/list-field.ts";

test.each<[rule: string, line: string, members: string[]]>([
  ["commas part members", "a,b", ["a", "b"]],
  ["blanks round members do not count", " a\t, b ", ["a", "b"]],
  ["empty members are left out", ",a,, ,b,", ["a", "b"]],
  ["an empty line has no members", "", []],
  ["a comma within a quoted string parts nothing", 'a="x, y", b', ['a="x, y"', "b"]],
  ["an escaped quote does not end a quoted string", 'a="x\\", y", b', ['a="x\\", y"', "b"]],
  ["an escaped backslash does not escape the quote", 'a="x\\\\", b', ['a="x\\\\"', "b"]],
])("%s", (_, line, members) => {
  expect(listMembers(line)).toEqual(members.map((text) => ({ text, doubtful: false })));
});

test("a quote that is never closed hides nothing, but what follows is doubtful", () => {
  expect(listMembers('a, b="x, no-store')).toEqual([
    { text: "a", doubtful: false },
    { text: 'b="x', doubtful: true },
    { text: "no-store", doubtful: true },
  ]);
});

test("splitting loses nothing but blanks round members", () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      const joined = splitMembers(line)
        .map((member) => member.text)
        .join(",");
      expect(joined.replace(/\s/g, "")).toBe(line.replace(/\s/g, ""));
    }),
  );
});

test("a line of nothing but quotes and backslashes is split in time proportional to its length", () => {
  const line = '"\\'.repeat(100_000);
  expect(listMembers(line)).toHaveLength(1);
});
