import { Queue } from "bullmq";
import { expect, test, vi } from "vitest";
import { queuePrefix } from "../../src/redis/keys.ts";
import { identityOf } from "../../src/store/embedded/process.ts";
import { connectTo, temporaryFolder } from "../helpers/embedded.ts";
import { failuresOf, startLoad } from "../helpers/load.ts";
import { type Origin, startOrigin } from "../helpers/origin.ts";
import { fronting, startProcess, storeServers, storeSocket } from "../helpers/process.ts";
import { startRedis } from "../helpers/redis.ts";

vi.setConfig({ testTimeout: 90_000 });

test("SIGTERM under load lets every request end, exits with 0 and leaves no server behind", async () => {
  await using folder = await temporaryFolder();
  await using origin = await startOrigin();
  origin.answers({ body: "ok", delayMs: 20 });
  await using main = await startMain(origin, folder.path);
  const servers = await storeServers(folder.path);
  expect(servers).toHaveLength(2);
  await using load = startLoad({ port: main.port, path: (n) => (n % 2 ? `/${n}` : "/hot") });
  await load.more(300);
  main.kill("SIGTERM");
  expect(await main.ended).toMatchObject({ code: 0, errors: "" });
  expect(failuresOf(await load.stop())).toEqual([]);
  expect(servers.map(identityOf)).toEqual([undefined, undefined]);
  expect(main.lines.at(-1)).toMatchObject({ msg: "Stopped warmfront", exitCode: 0 });
});

test("while it drains the process is unready, refuses new clients and finishes what it has begun", async () => {
  await using redis = await startRedis();
  await using origin = await startOrigin();
  const held = hold(origin);
  await using web = await startProcess({
    entry: "web",
    yaml: fronting(origin.url),
    env: { REDIS_URL: redis.url },
  });
  const answer = web.ask("/slow");
  await origin.received(1);
  web.kill("SIGTERM");
  await web.logged(({ msg }) => msg === "Stopping web");
  const ready = await web.control("/readyz");
  expect(ready).toMatchObject({ status: 503 });
  expect(JSON.parse(ready.text)).toMatchObject({ status: "draining" });
  await expect(web.ask("/new")).rejects.toThrow("ECONNREFUSED");
  held.release("late but whole");
  expect(await answer).toMatchObject({ status: 200, text: "late but whole" });
  expect((await web.ended).code).toBe(0);
});

test("a request that outlasts the drain is cut off, and the exit is still in time and 0", async () => {
  await using redis = await startRedis();
  await using origin = await startOrigin();
  hold(origin);
  await using web = await startProcess({
    entry: "web",
    yaml: fronting(origin.url),
    env: { REDIS_URL: redis.url, DRAIN: "2s" },
  });
  const answer = web.ask("/slow").then(
    ({ status }) => status,
    () => "cut off",
  );
  await origin.received(1);
  web.kill("SIGTERM");
  expect((await web.ended).code).toBe(0);
  expect(await answer).not.toBe(200);
});

test("a second SIGTERM exits at once with 143, and the embedded servers leave by themselves", async () => {
  await using folder = await temporaryFolder();
  await using origin = await startOrigin();
  hold(origin);
  await using main = await startMain(origin, folder.path);
  const servers = await storeServers(folder.path);
  const answer = main.ask("/slow").catch(() => "cut off");
  await origin.received(1);
  main.kill("SIGTERM");
  await main.logged(({ msg }) => msg === "Stopping warmfront");
  // Two in the same moment count as one.
  const again = setInterval(() => main.kill("SIGTERM"), 150);
  expect((await main.ended).code).toBe(143);
  clearInterval(again);
  expect(await answer).toBe("cut off");
  await expect.poll(() => servers.map(identityOf)).toEqual([undefined, undefined]);
});

test("SIGINT stops like SIGTERM", async () => {
  await using folder = await temporaryFolder();
  await using origin = await startOrigin();
  await using main = await startMain(origin, folder.path);
  main.kill("SIGINT");
  expect(await main.ended).toMatchObject({ code: 0, errors: "" });
});

test("a worker that is stopped hands its job to another one", async () => {
  await using redis = await startRedis();
  await using origin = await startOrigin();
  const yaml = fronting(origin.url, "1s");
  const env = { REDIS_URL: redis.url };
  await using web = await startProcess({ entry: "web", yaml, env });
  await web.ask("/a");
  await using first = await startProcess({ entry: "worker", yaml, env });
  const held = hold(origin);
  const isStale = async () => (await web.ask("/a")).cacheStatus.includes("ttl=-");
  await expect.poll(isStale, { timeout: 5_000 }).toBe(true);
  await origin.received(2);
  first.kill("SIGTERM");
  await first.logged(({ outcome }) => outcome === "handed-over");
  expect((await first.ended).code).toBe(0);
  held.release("brought by the second");
  await using _second = await startProcess({ entry: "worker", yaml, env });
  await expect
    .poll(async () => (await web.ask("/a")).text, { timeout: 10_000 })
    .toBe("brought by the second");
});

test("kill -9 under load leaves no server behind and no job lost, and the next start works", async () => {
  await using folder = await temporaryFolder();
  await using origin = await startOrigin();
  await using killed = await startMain(origin, folder.path);
  const servers = await storeServers(folder.path);
  await using load = startLoad({ port: killed.port, path: (n) => `/${n % 100}` });
  const added = addJobs(storeSocket(folder.path, "queue"));
  await load.more(500);
  await added.atLeast(200);
  killed.kill("SIGKILL");
  expect(await killed.ended).toMatchObject({ signal: "SIGKILL" });
  const acknowledged = await added.end();
  await load.stop();
  await expect.poll(() => servers.map(identityOf)).toEqual([undefined, undefined]);
  await using next = await startMain(origin, folder.path);
  const jobs = await countJobs(storeSocket(folder.path, "queue"));
  expect(jobs).toBeGreaterThanOrEqual(acknowledged);
  await next.ask("/a");
  await expect.poll(async () => (await next.ask("/a")).cacheStatus).toContain("; hit");
});

function startMain(origin: Origin, folder: string) {
  return startProcess({ entry: "main", yaml: fronting(origin.url), folder });
}

/** Lets requests wait until they are answered with a text. */
function hold(origin: Origin) {
  let release: (body: string) => void = () => undefined;
  const released = new Promise<string>((resolve) => {
    release = resolve;
  });
  origin.on((_req, res) => void released.then((body) => res.end(body)));
  return { release: (body: string) => release(body) };
}

/** Adds jobs that wait for an hour, one after the other, until the store is gone. */
function addJobs(socket: string) {
  const client = connectTo(socket);
  const queue = new Queue("refresh", { connection: client, prefix: queuePrefix("refresh") });
  queue.on("error", () => undefined);
  let count = 0;
  const adding = (async () => {
    for (;;) {
      await queue.add("refresh", { route: "/*", key: `k${count}` }, { delay: 3_600_000 });
      count += 1;
    }
  })().catch(() => undefined);
  return {
    atLeast: (wanted: number) => vi.waitUntil(() => count >= wanted, { timeout: 30_000 }),
    async end() {
      client.disconnect();
      await adding;
      return count;
    },
  };
}

async function countJobs(socket: string): Promise<number> {
  using client = connectTo(socket);
  const queue = new Queue("refresh", { connection: client, prefix: queuePrefix("refresh") });
  const count = await queue.getDelayedCount();
  await queue.close();
  return count;
}
