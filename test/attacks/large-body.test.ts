/** Bodies without end in sight pass through a process of ours, and its memory does not grow with them. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { expect, test } from "vitest";
import { type FaultOrigin, startFaultOrigin } from "../helpers/fault-origin.ts";
import { good, hugeBody } from "../helpers/faults.ts";
import { startProcess, type TestProcess } from "../helpers/process.ts";
import { startRedis } from "../helpers/redis.ts";

const MIB = 1024 * 1024;
const LARGE = 500 * MIB;
/** Far less than the body, far more than the collector of garbage and the kernel's buffers are out by from run to run. */
const MOST = LARGE / 5;

async function startWeb(redisUrl: string, originUrl: string): Promise<TestProcess> {
  const yaml = [
    "routes:",
    "  - path: /*",
    `    source: { url: "${originUrl}" }`,
    "    freshness: { fresh_for: 1m }",
  ].join("\n");
  return await startProcess({ entry: "web", yaml, env: { REDIS_URL: redisUrl } });
}

/** The most memory that a process has ever used, in bytes. */
async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
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

/** Pours bodies until the process has taken what it keeps for any traffic: room for young objects, and octets that await a collection. */
async function pourUntilSteady(web: TestProcess, origin: FaultOrigin): Promise<void> {
  origin.behave(hugeBody(LARGE / 10, "chunked"));
  for (let i = 0; i < 5; i++) expect(await count(web.port, `/warm/${i}`)).toBe(LARGE / 10);
}

test.each(["chunked", "length", "close"] as const)(
  "a body of 500 MiB (%s) takes hardly more memory than one of 50 MiB and is not stored",
  { timeout: 180_000 },
  async (framing) => {
    await using redis = await startRedis();
    await using origin = await startFaultOrigin(good());
    await using web = await startWeb(redis.url, origin.url);
    await pourUntilSteady(web, origin);
    origin.behave(hugeBody(LARGE, framing));
    const before = await peakOf(web.pid);
    expect(await count(web.port, "/large")).toBe(LARGE);
    expect((await peakOf(web.pid)) - before).toBeLessThan(MOST);
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
  await pourUntilSteady(web, origin);
  origin.behave(hugeBody(LARGE, "chunked"));
  const sentBefore = origin.bytesSent;
  const before = await peakOf(web.pid);
  const stands = async () => {
    const seen = [-1];
    await expect
      .poll(() => seen.push(origin.bytesSent) && seen.at(-1) === seen.at(-2), { interval: 300 })
      .toBe(true);
    expect(origin.bytesSent - sentBefore).toBeLessThan(MOST);
  };
  expect(await count(web.port, "/large", stands)).toBe(LARGE);
  expect((await peakOf(web.pid)) - before).toBeLessThan(MOST);
});
