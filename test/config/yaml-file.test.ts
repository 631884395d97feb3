import { expect, test } from "vitest";
import { parseYaml } from "../../src/config/yaml-file.ts";
import { errorIn, faultsIn, folderWith, routeFile } from "../helpers/configuration.ts";

test("a setting's place is the line and column of its name, or of the item in a list", () => {
  const { placeOf } = parseYaml(
    'a:\n  b: 1\nlist:\n  - x\n  - { y: 1, "z": 2 }\nsame: &s { deep: 1 }\nalias: *s\n"404": 1\n',
    "f.yaml",
  );
  const text = (...path: (string | number)[]) => placeOf(path).text;
  expect(text("a")).toBe("f.yaml:1:1");
  expect(text("a", "b")).toBe("f.yaml:2:3");
  expect(text("list", 0)).toBe("f.yaml:4:5");
  expect(text("list", 1, "z")).toBe("f.yaml:5:13");
  expect(text("404")).toBe("f.yaml:8:1");
  expect(text("alias", "deep"), "an alias is where its anchor is").toBe("f.yaml:6:12");
  expect(text("a", "absent", "deeper"), "the nearest group").toBe("f.yaml:1:1");
});

test.each([
  ["a: [1\nb: 2", "2:1", "the indentation does not fit, or a bracket before this is not closed"],
  ["\ta: 1", "1:1", "a tab indents this line: use spaces"],
  ["a: 1\na: 2", "2:1", "this name stands here twice: keep one of them"],
  [
    "a: 'x",
    "1:6",
    "a closing quote or bracket, a comma or a colon is missing, or the indentation does not fit",
  ],
  ["a: @x", "1:4", "a value that begins with this character must stand in quotes"],
  ['a: "\\q"', "1:5", "this backslash means nothing in double quotes: use single quotes"],
  [
    "a: b: c",
    "1:4",
    "a second `name:` begins inside a value: put it on a line of its own, or the value in quotes",
  ],
  ["key\nb: 1", "1:1", "a name must stand on one line and end in a colon"],
  ["a: 1\n---\nb: 2", "2:1", "a second document begins here: put all settings into one"],
  ["a: !env X", "1:4", "tags such as !name mean nothing here: remove the tag"],
  ["a: *nope", "", "an alias (`*name`) has no anchor, holds itself, or multiplies beyond reason"],
  ["a: &x [*x]", "", "an alias (`*name`) has no anchor, holds itself, or multiplies beyond reason"],
  ["- a", "1:1", "must hold settings, one `name: value` a line"],
  ["just words", "1:1", "must hold settings, one `name: value` a line"],
])("the file %j is refused at its first fault", async (yaml, place, message) => {
  const where = place === "" ? "warmfront.yaml" : `warmfront.yaml:${place}`;
  expect(await faultsIn({ yaml })).toEqual([`${where}: ${message}`]);
});

test("a syntax fault does not quote the line that it is in", async () => {
  expect(await errorIn({ yaml: 'token: "s3cret" s3cret\n' })).not.toContain("s3cret");
});

test("aliases that multiply beyond reason are refused, not unfolded", async () => {
  const levels = Array.from({ length: 12 }, (_, i) => {
    const items = i === 0 ? ["x", "x", "x"] : Array(9).fill(`*a${i - 1}`);
    return `a${i}: &a${i} [${items.join(", ")}]`;
  });
  expect(await faultsIn({ yaml: levels.join("\n") })).toHaveLength(1);
});

test("an anchor gives two routes the same source", async () => {
  const yaml = `${routeFile("name: one").replace("source: ", "source: &s ")}  - { path: /b, source: *s }\n`;
  await expect(faultsIn({ yaml })).rejects.toThrow("No fault");
});

test("a file that is named must be there, and be a file", async () => {
  expect(await faultsIn({ argv: { config: "nope.yaml" } })).toEqual([
    "nope.yaml: there is no such file",
  ]);
  expect(await faultsIn({ env: { WARMFRONT_CONFIG: "conf/nope.yaml" } })).toEqual([
    "conf/nope.yaml: there is no such file",
  ]);
  await using folder = await folderWith({});
  expect(await faultsIn({ argv: { config: folder.path } })).toEqual([
    `${folder.path}: cannot be read (EISDIR)`,
  ]);
});
