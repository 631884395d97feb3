import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Where a file stands that a page names without its folder. */
const FOLDERS = ["src/cache/", "test/cache/", "test/attacks/", ""];

test("every file and folder that the page about HTTP caching names is there", () => {
  const page = readFileSync("docs/http-caching.md", "utf8");
  const named = [...page.matchAll(/`([\w./-]+(?:\.ts|\/))`/g)].map(([, name]) => name as string);
  const missing = named.filter((name) => !FOLDERS.some((folder) => existsSync(folder + name)));
  expect(missing).toEqual([]);
  expect(named.length).toBeGreaterThan(60);
});
