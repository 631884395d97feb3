/** Bodies without end in sight pass through a process of ours, and its memory does not grow with them. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { startFaultOrigin } from "../helpers/fault-origin.ts";
import { good, hugeBody } from "../helpers/faults.ts";
import { startProcess, type TestProcess } from "../helpers/process.ts";
import { startRedis } from "../helpers/redis.ts";

const MIB = 1024 * 1024;
const LARGE = 500 * MIB;
/** What Node may take for any traffic, with octets that await a collection, and the kernel for connections; a body that were held takes more. */
const MOST = 200 * MIB;

async function startWeb(redisUrl: string, originUrl: string): Promise<TestProcess> {
  const yaml = [
    "routes:",
    "  - path: /*",
    `    source: { url: "${originUrl}" }`,
    "    freshness: { fresh_for: 1m }",
  ].join("\n");
  return await startProcess({ entry: "web", yaml, env: { REDIS_URL: redisUrl } });
}

/** Memory in use now, or at its highest ever, in bytes. */
async function memoryOf(pid: number, which: "VmRSS" | "VmHWM"): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`${which}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}

/** Counts the octets of an answer without keeping any. `begun` is called when the answer has begun, before it is read. */
async function count(port: number, path: string, begun?: () => Promise<void>): Promise<number> {
  const sent = request({ host: "127.0.0.1", port, path, agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  await begun?.();
  let octets = 0;
  for await (const chunk of response) octets += (chunk as Buffer).length;
  return octets;
}

test.each(["chunked", "length", "close"] as const)(
  "a body of 500 MiB (%s) takes a fraction of that in memory and is not stored",
  { timeout: 180_000 },
  async (framing) => {
    await using redis = await startRedis();
    await using origin = await startFaultOrigin(good("x".repeat(MIB)));
    await using web = await startWeb(redis.url, origin.url);
    for (let i = 0; i < 20; i++) await web.ask(`/warm/${i % 10}`);
    origin.behave(hugeBody(LARGE, framing));
    const idle = await memoryOf(web.pid, "VmRSS");
    expect(await count(web.port, "/large")).toBe(LARGE);
    expect((await memoryOf(web.pid, "VmHWM")) - idle).toBeLessThan(MOST);
    origin.behave(good());
    expect((await web.ask("/large")).text).toBe("good");
  },
);

test("a client that does not read a body without end stops its source", {
  timeout: 120_000,
}, async () => {
  await using redis = await startRedis();
  await using origin = await startFaultOrigin(good());
  await using web = await startWeb(redis.url, origin.url);
  await web.ask("/warm");
  origin.behave(hugeBody(LARGE, "chunked"));
  const sentBefore = origin.bytesSent;
  const idle = await memoryOf(web.pid, "VmRSS");
  const stands = async () => {
    const seen = [-1];
    await expect
      .poll(() => seen.push(origin.bytesSent) && seen.at(-1) === seen.at(-2), { interval: 300 })
      .toBe(true);
    expect(origin.bytesSent - sentBefore).toBeLessThan(MOST);
  };
  expect(await count(web.port, "/large", stands)).toBe(LARGE);
  expect((await memoryOf(web.pid, "VmHWM")) - idle).toBeLessThan(MOST);
});
