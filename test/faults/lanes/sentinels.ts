/** A master and a replica under three Sentinels, on loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { serverBinary, startRedis, type TestRedis } from "../../helpers/redis.ts";

const LOCAL = "127.0.0.1";
const QUORUM = 2;

export async function startSentinels() {
  const servers = new Map<number, TestRedis>();
  const start = async (...args: string[]) => {
    const server = await startRedis({ args: ["--repl-diskless-sync-delay", "0", ...args] });
    servers.set(Number(new URL(server.url).port), server);
  };
  await start();
  const [first] = [...servers.keys()] as [number];
  await start("--replicaof", LOCAL, String(first));
  const folder = await mkdtemp(join(tmpdir(), "warmfront-sentinels-"));
  const sentinels = await Promise.all([0, 1, 2].map((n) => startSentinel(folder, n, first)));
  const clients = sentinels.map(({ port }) => new Redis({ port, host: LOCAL }));
  // They may start a moment later than their clients.
  for (const each of clients) each.on("error", () => undefined);
  const client = clients[0] as Redis;
  const master = async () => {
    const address = await client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main");
    return Number((address as [string, string])[1]);
  };
  /** Until every Sentinel knows the others and the newest server, and that has everything. */
  const settled = async () => {
    const newest = [...servers.keys()].at(-1) as number;
    const server = servers.get(await master()) as TestRedis;
    const link = new Redis(server.url);
    link.on("error", () => undefined);
    await expect.poll(() => link.info("replication"), { timeout: 60_000 }).toMatch(/state=online/);
    link.disconnect();
    for (const sentinel of clients) {
      await expect.poll(() => replicasOf(sentinel), { timeout: 60_000 }).toContain(newest);
      await expect.poll(() => othersOf(sentinel), { timeout: 60_000 }).toBe("2");
    }
  };
  await settled();
  return {
    target: {
      kind: "sentinel",
      sentinels: sentinels.map(({ port }) => ({ host: LOCAL, port })),
      name: "main",
      tls: false,
      db: 0,
    },
    /** Kills the master, waits for the next one, and gives that a replica at an address that nobody knew before. */
    async failOver(): Promise<void> {
      const before = await master();
      await servers.get(before)?.kill();
      await expect.poll(master, { timeout: 60_000 }).not.toBe(before);
      await start("--replicaof", LOCAL, String(await master()));
      await settled();
    },
    async [Symbol.asyncDispose]() {
      for (const each of clients) each.disconnect();
      await Promise.all(sentinels.map(({ process }) => end(process)));
      await Promise.all([...servers.values()].map((server) => server.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  } as const;
}

async function startSentinel(folder: string, n: number, master: number) {
  const port = await freePort();
  const file = join(folder, `sentinel-${n}.conf`);
  const lines = [
    `port ${port}`,
    `bind ${LOCAL}`,
    `dir ${folder}`,
    `sentinel monitor main ${LOCAL} ${master} ${QUORUM}`,
    "sentinel down-after-milliseconds main 500",
    "sentinel failover-timeout main 5000",
  ];
  await writeFile(file, lines.join("\n"));
  return { port, process: spawn(serverBinary(), [file, "--sentinel"], { stdio: "ignore" }) };
}

async function othersOf(sentinel: Redis): Promise<string | undefined> {
  const fields = (await sentinel.call("SENTINEL", "MASTER", "main")) as string[];
  return fields[fields.indexOf("num-other-sentinels") + 1];
}

/** Ports of the replicas that it believes in. */
async function replicasOf(sentinel: Redis): Promise<number[]> {
  const replicas = (await sentinel.call("SENTINEL", "REPLICAS", "main")) as string[][];
  const field = (replica: string[], name: string) => replica[replica.indexOf(name) + 1];
  return replicas
    .filter((replica) => field(replica, "flags") === "slave")
    .filter((replica) => field(replica, "master-link-status") === "ok")
    .map((replica) => Number(field(replica, "port")));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOCAL);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
