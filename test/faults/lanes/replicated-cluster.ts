/** A Cluster whose master of the report queue has a replica. */
import type { Redis } from "ioredis";
import { expect } from "vitest";
import { queuePrefix } from "../../../src/redis/keys.ts";
import { connectTo } from "../../helpers/embedded.ts";
import { startRedis } from "../../helpers/redis.ts";
import { startCluster } from "../../store/topologies.ts";

export async function startReplicatedCluster() {
  const cluster = await startCluster();
  const clients = cluster.servers.map((server) => connectTo(server.socket));
  const any = clients[0] as Redis;
  const slot = (await any.cluster("KEYSLOT", queuePrefix("report"))) as number;
  const owner = Math.floor((slot * 3) / 16_384);
  const ownerClient = clients[owner] as Redis;
  const replica = await startRedis({ args: ["--cluster-enabled", "yes", "--cluster-port", "0"] });
  const port = Number(new URL(replica.url).port);
  const client = connectTo(replica.socket);
  for (const each of [...clients, client]) await each.config("SET", "cluster-node-timeout", "1000");
  const [, bus] = (await ownerClient.config("GET", "cluster-port")) as [string, string];
  const ownerPort = new URL(cluster.servers[owner]?.url ?? "").port;
  await client.call("CLUSTER", "MEET", "127.0.0.1", ownerPort, bus);
  const ownerId = (await ownerClient.call("CLUSTER", "MYID")) as string;
  await expect
    .poll(() => client.call("CLUSTER", "REPLICATE", ownerId).catch(String), { timeout: 30_000 })
    .toBe("OK");
  await expect
    .poll(() => ownerClient.info("replication"), { timeout: 30_000 })
    .toMatch(/state=online/);
  for (const each of clients)
    await expect.poll(() => each.cluster("NODES"), { timeout: 30_000 }).toContain(`:${port}@`);
  return {
    target: cluster.target,
    /** Resolves when the replica is the master. */
    async killOwner(): Promise<void> {
      await cluster.servers[owner]?.kill();
      await expect.poll(() => client.role(), { timeout: 60_000 }).toContain("master");
    },
    async [Symbol.asyncDispose]() {
      for (const each of [...clients, client]) each.disconnect();
      await replica.stop();
      await cluster[Symbol.asyncDispose]();
    },
  };
}
