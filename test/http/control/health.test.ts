import { expect, test } from "vitest";
import type { Readiness } from "../../../src/http/control/health.ts";
import { startRedis } from "../../helpers/redis.ts";
import { startControl } from "./start.ts";

const up = { cache: "up", queue: "up" } as const;
const rows: [string, Readiness, number, string][] = [
  ["is ready", { state: "ready", checks: up }, 200, "ready"],
  [
    "has a store that is down",
    { state: "ready", checks: { ...up, cache: "down" } },
    200,
    "degraded",
  ],
  ["starts", { state: "starting", checks: {} }, 503, "starting"],
  ["drains", { state: "draining", checks: up }, 503, "draining"],
  [
    "drains with a store down",
    { state: "draining", checks: { ...up, queue: "down" } },
    503,
    "draining",
  ],
];

test.each(rows)("a process that %s says so", async (_what, readiness, status, says) => {
  await using control = await startControl({ readiness: () => readiness });
  const answer = await control.ask("/readyz");
  expect(answer.status).toBe(status);
  expect(answer.headers["content-type"]).toMatch(/^application\/json/);
  expect(JSON.parse(answer.body)).toEqual({ status: says, checks: readiness.checks });
  expect(await control.ask("/readyz", { method: "HEAD" })).toMatchObject({ status, body: "" });
});

test("readiness is asked for each time", async () => {
  let state: Readiness["state"] = "starting";
  await using control = await startControl({ readiness: () => ({ state, checks: {} }) });
  expect((await control.ask("/readyz")).status).toBe(503);
  state = "ready";
  expect((await control.ask("/readyz")).status).toBe(200);
});

test("a process is alive while it starts, drains, and has no Redis", async () => {
  await using redis = await startRedis();
  await using control = await startControl({
    redis: redis.url,
    readiness: () => ({ state: "draining", checks: {} }),
  });
  await redis.kill();
  const answer = await control.ask("/livez");
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toEqual({ status: "alive" });
});
