/** A master and a replica under three Sentinels, on loopback. */
import { Redis } from "ioredis";
import { expect } from "vitest";
import { startRedis, type TestRedis } from "../../helpers/redis.ts";
import { launchSentinel, masterField } from "../../helpers/sentinel.ts";

const LOCAL = "127.0.0.1";
const WATCH = { quorum: 2, downAfterMs: 500, failoverTimeoutMs: 5_000 };

export async function startSentinels() {
  const servers = new Map<number, TestRedis>();
  const start = async (...args: string[]) => {
    const server = await startRedis({ args: ["--repl-diskless-sync-delay", "0", ...args] });
    servers.set(Number(new URL(server.url).port), server);
  };
  await start();
  const [first] = [...servers.keys()] as [number];
  await start("--replicaof", LOCAL, String(first));
  const sentinels = await Promise.all(
    [0, 1, 2].map(() => launchSentinel({ master: first, ...WATCH })),
  );
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
      await expect
        .poll(() => masterField(sentinel, "num-other-sentinels"), { timeout: 60_000 })
        .toBe("2");
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
      await Promise.all(sentinels.map((sentinel) => sentinel[Symbol.asyncDispose]()));
      await Promise.all([...servers.values()].map((server) => server.stop()));
    },
  } as const;
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
