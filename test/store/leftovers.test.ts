import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { startFront } from "../helpers/front.ts";
import { startRedis } from "../helpers/redis.ts";

/** An earlier version stays for thirty days, and nothing of these responses longer. */
const LONGEST_MS = 30 * 86_400_000;
const LANGUAGES = ["en", "de", "fr"];

test("every key of the cache ends by itself, also when the entry that it belongs to is gone before", async () => {
  await using queueRedis = await startRedis();
  await using front = await startFront({ queueRedis, versions: 3 });
  const client = new Redis(front.redis.url);
  /** Every key with the milliseconds that it has left; -1: it stays. */
  const lives = async () => {
    const keys = await client.keys("*");
    const all = await Promise.all(keys.map(async (key) => [key, await client.pttl(key)] as const));
    // Without those that went between the two questions.
    return all.filter(([, left]) => left !== -2);
  };
  let body = "first";
  front.origin.on(({ url }, response) => {
    response.setHeader("Cache-Control", url === "/own" ? "private" : "max-age=60");
    response.setHeader("Vary", "Accept-Language");
    response.setHeader("Surrogate-Key", "all one");
    response.end(url === "/large" ? Buffer.alloc(3_000_000, body) : body);
  });
  const askAll = async () => {
    for (const path of ["/a", "/large", "/own"])
      for (const language of LANGUAGES)
        await front.ask(path, { headers: { "Accept-Language": language } });
  };
  await askAll();
  front.advance(120_000);
  body = "second";
  await askAll();
  const stored = await lives();
  const familiesOf = (keys: typeof stored) =>
    [...new Set(keys.map(([key]) => key.slice(0, "wf1:x:".length)))].toSorted();
  expect(familiesOf(stored)).toEqual(expect.arrayContaining(["wf1:e:", "wf1:p:", "wf1:s:"]));
  expect(stored.filter(([, left]) => left <= 0 || left > LONGEST_MS)).toEqual([]);

  await client.unlink(...stored.flatMap(([key]) => (key.startsWith("wf1:e:") ? [key] : [])));
  const left = await lives();
  expect(familiesOf(left)).toContain("wf1:p:");
  expect(left.filter(([, life]) => life <= 0 || life > LONGEST_MS)).toEqual([]);
  client.disconnect();
});
