import { Redis } from "ioredis";
import { freePort } from "../helpers/ports.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { launchSentinel, masterField } from "../helpers/sentinel.ts";
import { until } from "./world.ts";

const LOCAL = "127.0.0.1";

function portOf(server: TestRedis): number {
  return Number(new URL(server.url).port);
}

/** A master, its replica, and one Sentinel that promotes the replica when the master is gone. */
export async function startSentinel() {
  const master = await startRedis();
  const replica = await startRedis({ args: ["--replicaof", LOCAL, String(portOf(master))] });
  const sentinel = await launchSentinel({
    master: portOf(master),
    ...{ quorum: 1, downAfterMs: 300, failoverTimeoutMs: 2_000 },
  });
  const client = new Redis({ port: sentinel.port, host: LOCAL });
  client.on("error", () => {});
  await until(async () => (await masterField(client, "num-slaves")) === "1");
  return {
    master,
    target: {
      kind: "sentinel",
      sentinels: [{ host: LOCAL, port: sentinel.port }],
      name: "main",
      tls: false,
      db: 0,
    },
    [Symbol.asyncDispose]: async () => {
      client.disconnect();
      await sentinel[Symbol.asyncDispose]();
      await Promise.all([master.stop(), replica.stop()]);
    },
  } as const;
}

/** A Cluster of three masters. */
export async function startCluster() {
  const servers = await Promise.all(
    Array.from({ length: 3 }, async () =>
      startRedis({
        args: ["--cluster-enabled", "yes", "--cluster-port", String(await freePort())],
      }),
    ),
  );
  const clients = servers.map((server) => new Redis(server.socket));
  const [first] = clients as [Redis];
  for (const [i, client] of clients.entries()) {
    const slots = [Math.ceil((i * 16_384) / 3), Math.ceil(((i + 1) * 16_384) / 3) - 1] as const;
    await client.call("CLUSTER", "ADDSLOTSRANGE", ...slots.map(String));
    const bus = (await client.config("GET", "cluster-port")) as [string, string];
    await first.call("CLUSTER", "MEET", LOCAL, String(portOf(servers[i] as TestRedis)), bus[1]);
  }
  for (const client of clients) {
    await until(async () => (await client.cluster("INFO")).includes("cluster_state:ok"));
  }
  for (const client of clients) client.disconnect();
  return {
    servers,
    target: {
      kind: "cluster",
      nodes: servers.map((one) => ({ host: LOCAL, port: portOf(one) })),
      tls: false,
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  } as const;
}
