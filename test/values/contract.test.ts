import { afterAll, beforeAll } from "vitest";
import type { RedisTarget } from "../../src/config/config.ts";
import { valueCacheContract } from "../contracts/value-cache.ts";
import { sharedRedis } from "../helpers/redis.ts";
import { startCluster, startSentinel } from "../store/topologies.ts";
import { openCache } from "./opening.ts";

type Servers = AsyncDisposable & { readonly target: RedisTarget };

/** Servers that stand from the first test to the last. */
function during(start: () => Promise<Servers>): () => RedisTarget {
  let servers: Servers | undefined;
  beforeAll(async () => {
    servers = await start();
  });
  afterAll(() => servers?.[Symbol.asyncDispose]());
  return () => (servers as Servers).target;
}

valueCacheContract("in memory", async () => openCache());
valueCacheContract("over Redis", async () => openCache({ redis: (await sharedRedis()).url }));

const sentinel = during(startSentinel);
valueCacheContract("over Sentinel", async () => openCache({ redis: sentinel() }));

const cluster = during(startCluster);
valueCacheContract("in a Cluster", async () => openCache({ redis: cluster() }));
