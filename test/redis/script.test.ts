import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { createScript } from "../../src/redis/script.ts";
import { sharedRedis } from "../helpers/redis.ts";

test("a script runs with its keys and arguments, also on a server that has forgotten it", async () => {
  const client = new Redis((await sharedRedis()).url);
  const both = createScript("redis.call('SET', KEYS[1], ARGV[1]) return {KEYS[1], ARGV[2]}");
  try {
    expect(await both(client, ["a"], [Buffer.from([0, 255]), 7])).toEqual(["a", "7"]);
    await client.script("FLUSH");
    expect(await both(client, ["a"], [Buffer.from([0, 255]), 8])).toEqual(["a", "8"]);
    expect(await client.getBuffer("a")).toEqual(Buffer.from([0, 255]));
    const failing = createScript("return redis.error_reply('ERR on purpose')");
    await expect(failing(client, [], [])).rejects.toThrow("on purpose");
  } finally {
    client.disconnect();
  }
});
