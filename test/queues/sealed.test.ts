import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { createLogger } from "../../src/logger.ts";
import { createSealedSecrets } from "../../src/queues/sealed.ts";
import { connectForRequests } from "../../src/redis/connect.ts";
import { createSealer } from "../../src/store/seal.ts";
import { sharedRedis } from "../helpers/redis.ts";

const SECRET = "gho_s3cretOfAUser";
const MINUTE_MS = 60_000;

async function startSealed(keys = [randomBytes(32)]) {
  const logger = createLogger({ level: "silent", pretty: false });
  const target = { kind: "url", url: (await sharedRedis()).url } as const;
  const connection = connectForRequests(target, { role: "queue", logger, budgetMs: 10_000 });
  await once(connection, "ready");
  return {
    connection,
    secrets: createSealedSecrets(connection, createSealer(keys)),
    under: (others: readonly Buffer[]) => createSealedSecrets(connection, createSealer(others)),
    /** Everything in Redis, as text. */
    async everything() {
      const keys = await connection.keys("*");
      const values = await Promise.all(keys.map((key) => connection.getBuffer(key)));
      return [...keys, ...values.map((value) => value?.toString("latin1"))].join("\n");
    },
    async [Symbol.asyncDispose]() {
      connection.disconnect();
    },
  };
}

test("a secret is read by its reference, and nothing in Redis shows it", async () => {
  await using world = await startSealed();
  const reference = await world.secrets.put(SECRET, MINUTE_MS);
  expect(reference).not.toContain(SECRET);
  expect(await world.everything()).not.toContain(SECRET);
  expect(await world.secrets.read(reference)).toBe(SECRET);
  expect(await world.secrets.read(reference)).toBe(SECRET);
});

test("a secret expires, and can be forgotten before", async () => {
  await using world = await startSealed();
  const short = await world.secrets.put(SECRET, 30);
  await vi.waitFor(async () => expect(await world.secrets.read(short)).toBeUndefined());
  const reference = await world.secrets.put(SECRET, MINUTE_MS);
  await world.secrets.forget(reference);
  expect(await world.secrets.read(reference)).toBeUndefined();
  expect(await world.everything()).toBe("");
});

test("two references to one secret have nothing in common, and neither opens what stands under the other", async () => {
  await using world = await startSealed();
  const [one, other] = [
    await world.secrets.put(SECRET, MINUTE_MS),
    await world.secrets.put("another", MINUTE_MS),
  ];
  expect(one).not.toBe(other);
  const [first, second] = (await world.connection.keys("*")).sort();
  await world.connection.copy(first as string, second as string, "REPLACE");
  const read = [await world.secrets.read(one), await world.secrets.read(other)];
  expect(read.filter((text) => text === undefined)).toHaveLength(1);
});

test("a replaced key still opens while it is listed, and no longer when it is not", async () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)];
  await using world = await startSealed([old]);
  const reference = await world.secrets.put(SECRET, MINUTE_MS);
  expect(await world.under([fresh, old]).read(reference)).toBe(SECRET);
  expect(await world.under([fresh]).read(reference)).toBeUndefined();
});

test.each(["", "x", "../../etc", `${"a".repeat(23)}}`, "{}".repeat(12)])(
  "the reference %j names nothing",
  async (reference) => {
    await using world = await startSealed();
    expect(await world.secrets.read(reference)).toBeUndefined();
    await world.secrets.forget(reference);
  },
);
