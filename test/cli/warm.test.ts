import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue } from "bullmq";
import { expect, test } from "vitest";
import { queuePrefix } from "../../src/redis/keys.ts";
import { builtSources } from "../helpers/build.ts";
import { startOrigin } from "../helpers/origin.ts";
import { fronting, startProcess } from "../helpers/process.ts";
import { startRedis } from "../helpers/redis.ts";
import { runCli } from "./cache-process.ts";

const PATIENCE = { timeout: 120_000 };
/** Compiled: it starts in half the time. */
const CLI = join(builtSources(), "cli.js");

/** An origin, a Redis, and a configuration that the command line and processes share. */
async function open() {
  const redis = await startRedis();
  const origin = await startOrigin();
  const yaml = fronting(origin.url).replace("path: /*", "path: /api/*");
  const config = join(await mkdtemp(join(tmpdir(), "warmfront-warm-")), "warmfront.yaml");
  await writeFile(config, yaml);
  const env = { REDIS_URL: redis.url };
  const { hostname: host, port } = new URL(redis.url);
  const queue = new Queue("refresh", {
    connection: { host, port: Number(port) },
    prefix: queuePrefix("refresh"),
  });
  return {
    origin,
    queue,
    start: (entry: "web" | "worker") => startProcess({ entry, yaml, env }),
    args: (...args: string[]) => ["warm", "--config", config, ...args],
    env,
    run: (...args: string[]) => runCli(["warm", "--config", config, ...args], env),
    async [Symbol.asyncDispose]() {
      await queue.close();
      await origin[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    },
  };
}

test(
  "URLs are fetched by a worker once, and clients get them from the store",
  PATIENCE,
  async () => {
    await using t = await open();
    await using worker = await t.start("worker");
    await expect.poll(() => worker.lines.length).toBeGreaterThan(0);
    const urls = Array.from({ length: 150 }, (_, i) => `https://www.example.com/api/${i}`);
    const first = await t.run("--json", ...urls, "/other", "/api/x?token=s3cret");
    const lines = first.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first.code).toBe(0);
    expect(lines.at(-1)).toMatchObject({
      event: "summary",
      urls: 152,
      outcomes: { stored: 150, skipped: 2 },
    });
    expect(t.origin.requests).toHaveLength(150);
    const again = await t.run(...urls.slice(0, 10));
    expect(again).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^10 URLs in .*: 10 fresh\n$/),
    });
    await using web = await t.start("web");
    const answer = await web.ask("/api/7", { headers: { "Accept-Encoding": "gzip" } });
    expect(answer.cacheStatus).toContain("hit");
    expect(t.origin.requests).toHaveLength(150);
  },
);

test("a URL that fails is told with its reason, and the exit code says so", PATIENCE, async () => {
  await using t = await open();
  let shaken = false;
  t.origin.on((req, res) => {
    const isShaky = req.url === "/api/shaky" && !shaken;
    if (isShaky) shaken = true;
    if (isShaky || req.url === "/api/worse") res.destroy();
    else res.end("ok");
  });
  await using _worker = await startQuiet(t);
  const run = await t.run("/api/good", "/api/worse", "/api/shaky");
  expect(run.code).toBe(1);
  expect(run.out).toMatch(/failed: \/api\/worse \(.+\)\n/);
  expect(run.out).toMatch(/3 URLs in .*: 2 stored, 1 failed/);
});

/** A worker whose log may tell of failed jobs. */
async function startQuiet(t: Awaited<ReturnType<typeof open>>) {
  const worker = await t.start("worker");
  return {
    async [Symbol.asyncDispose]() {
      worker.kill("SIGTERM");
      await worker.ended;
      await Promise.resolve(worker[Symbol.asyncDispose]()).catch(() => undefined);
    },
  };
}

test(
  "without a worker nothing is enqueued, unless it is to be left to the next one",
  PATIENCE,
  async () => {
    await using t = await open();
    expect(await t.run("/api/a")).toMatchObject({
      code: 1,
      err: expect.stringContaining("No worker process"),
    });
    expect(await t.queue.count()).toBe(0);
    expect((await t.run("--dry-run", "/api/a", "/no")).out).toMatch(
      /would-warm: \/api\/a .*\nskipped: \/no \(No route answers it\.\)\n2 URLs/,
    );
    expect(await t.queue.count()).toBe(0);
    expect((await t.run("--no-wait", "/api/a")).code).toBe(0);
    const [job] = await t.queue.getPrioritized();
    expect(job?.data).toMatchObject({ target: "/api/a" });
    expect(job?.opts.priority).toBe(100);
  },
);

test("an interrupt takes back what has not begun, and lets the rest end", PATIENCE, async () => {
  await using t = await open();
  const held: (() => void)[] = [];
  t.origin.on((_req, res) => {
    held.push(() => res.end("late"));
  });
  await using _worker = await t.start("worker");
  const urls = Array.from({ length: 40 }, (_, i) => `/api/${i}`).join("\n");
  const child = spawn(process.execPath, [CLI, ...t.args("--file", "-")], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...t.env },
  });
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stdin.end(urls);
  await t.origin.received(8);
  await expect.poll(() => t.queue.getPrioritizedCount(), { timeout: 20_000 }).toBe(32);
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  expect(code).toBe(130);
  expect(out).toMatch(/40 URLs in .*: (?=.*32 taken-back)(?=.*8 left-running)/);
  expect(await t.queue.getPrioritizedCount()).toBe(0);
  for (const release of held) release();
  await expect.poll(() => t.queue.getCompletedCount(), { timeout: 20_000 }).toBe(8);
});

test("a limit that is no number is a usage error", PATIENCE, async () => {
  await using t = await open();
  expect(await t.run("--limit", "0", "/a")).toMatchObject({ code: 64 });
});
