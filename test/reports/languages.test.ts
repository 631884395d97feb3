import { expect, test } from "vitest";
import { languageOf } from "../../src/reports/language-table.ts";
import { countLanguages, languageShares } from "../../src/reports/languages.ts";

test.each([
  ["src/main.ts", "TypeScript"],
  ["SRC/MAIN.TSX", "TypeScript"],
  ["a/b.test.mjs", "JavaScript"],
  ["x.gradle", "Groovy"],
  ["build.gradle", "Gradle"],
  ["app/build.gradle.kts", "Gradle"],
  ["infra/main.tf", "Terraform"],
  ["Dockerfile", "Dockerfile"],
  ["docker/Containerfile", "Dockerfile"],
  ["Rakefile", "Ruby"],
  ["CMakeLists.txt", "CMake"],
  ["notes.txt", "Text"],
  [".flake8", "Python"],
  [".eslintrc", "JavaScript"],
  ["README.md", "Markdown"],
  ["LICENSE", undefined],
  ["photo.jpeg", undefined],
  ["src.ts/README", undefined],
  ["a.constructor", undefined],
  ["__proto__", undefined],
  ["constructor", undefined],
  ["", undefined],
  [".", undefined],
])("%s is %s", (path, language) => {
  expect(languageOf(path)).toBe(language);
});

test("each file counts once, and those of unknown kinds not at all", () => {
  expect(countLanguages(["a.ts", "b/a.ts", "a.md", "LICENSE"])).toEqual({
    TypeScript: 2,
    Markdown: 1,
  });
});

test("shares are of the files whose language is known, the largest first, then by name", () => {
  expect(
    languageShares([
      { Go: 1, Rust: 1 },
      { Rust: 5, C: 1 },
    ]),
  ).toEqual([
    { name: "Rust", files: 6, percent: 75 },
    { name: "C", files: 1, percent: 12.5 },
    { name: "Go", files: 1, percent: 12.5 },
  ]);
  expect(languageShares([{}])).toEqual([]);
});
