import { expect, test } from "vitest";
import { createGitHubStore } from "../../src/github/store.ts";
import { createTestCache } from "../../src/values/testing.ts";
import { startRedis } from "../helpers/redis.ts";
import { openCache } from "../values/opening.ts";

test("what one process was told another one reads, as it was, until its time is over", async () => {
  await using redis = await startRedis();
  await using here = openCache({ redis: redis.url, namespace: "github" });
  await using there = openCache({ redis: redis.url, namespace: "github" });
  const told = { names: ["a".repeat(50_000)], additions: 1, link: undefined };
  await createGitHubStore(here).set("files octocat/hello#1 5", told, 60_000);
  expect(await createGitHubStore(there).get("files octocat/hello#1 5")).toEqual(told);
  expect(await createGitHubStore(there).get("files octocat/hello#1 6")).toBeUndefined();
  expect(await there.ttl("files octocat/hello#1 5")).toBeLessThanOrEqual(60);
});

test("what cannot be kept, or read, is not known, and nothing is rejected", async () => {
  const { cache, breakStore } = createTestCache({ maxValueBytes: 100 });
  const store = createGitHubStore(cache);
  await store.set("large", "x".repeat(200), 1_000);
  expect(await store.get("large")).toBeUndefined();
  breakStore();
  await store.set("small", "x", 1_000);
  expect(await store.get("small")).toBeUndefined();
});
