import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Redis } from "ioredis";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { until } from "./world.ts";

const LOCAL = "127.0.0.1";

function portOf(server: TestRedis): number {
  return Number(new URL(server.url).port);
}

/** A master, its replica, and one Sentinel that promotes the replica when the master is gone. */
export async function startSentinel() {
  const master = await startRedis();
  const replica = await startRedis({ args: ["--replicaof", LOCAL, String(portOf(master))] });
  const folder = await mkdtemp(join(tmpdir(), "warmfront-sentinel-"));
  const port = await freePort();
  const lines = [
    `port ${port}`,
    `bind ${LOCAL}`,
    `dir ${folder}`,
    `sentinel monitor main ${LOCAL} ${portOf(master)} 1`,
    "sentinel down-after-milliseconds main 300",
    "sentinel failover-timeout main 2000",
  ];
  await writeFile(join(folder, "sentinel.conf"), lines.join("\n"));
  const sentinel = spawn(await programOf(master), [join(folder, "sentinel.conf"), "--sentinel"], {
    stdio: "ignore",
  });
  const client = new Redis({ port, host: LOCAL });
  client.on("error", () => {});
  await until(async () => (await sentinelField(client, "num-slaves")) === "1");
  return {
    master,
    target: {
      kind: "sentinel",
      sentinels: [{ host: LOCAL, port }],
      name: "main",
      tls: false,
      db: 0,
    },
    [Symbol.asyncDispose]: async () => {
      client.disconnect();
      await end(sentinel);
      await Promise.all([master.stop(), replica.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  } as const;
}

/** The program that a server runs, to be found on PATH. */
async function programOf(server: TestRedis): Promise<string> {
  const client = new Redis(server.socket);
  const info = await client.info("server");
  client.disconnect();
  return basename(/^executable:(.*)\r$/m.exec(info)?.[1] as string);
}

async function sentinelField(client: Redis, name: string): Promise<string | undefined> {
  const fields = (await client.call("SENTINEL", "MASTER", "main")) as string[];
  return fields[fields.indexOf(name) + 1];
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
