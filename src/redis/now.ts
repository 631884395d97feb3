import type { Instant } from "../fields.ts";
import type { RedisClient } from "./connect.ts";

/** The time by Redis's clock: one for all processes, whatever their own clocks say. */
export async function redisNow(client: RedisClient): Promise<Instant> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
