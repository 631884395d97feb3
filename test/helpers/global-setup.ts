import type { TestProject } from "vitest/node";
import { startRedis, type TestRedis } from "./redis.ts";

let redis: TestRedis;

/** One Redis for the whole run: `inject("redisUrl")`. */
export async function setup(project: TestProject): Promise<void> {
  redis = await startRedis();
  project.provide("redisUrl", redis.url);
}

export async function teardown(): Promise<void> {
  await redis.stop();
}
