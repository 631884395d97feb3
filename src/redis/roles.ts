/** Whether each Redis is set up for its role: jobs must never be evicted, stored responses should be. */
import { Cluster, type Redis, ReplyError } from "ioredis";
import type { RedisClient, RedisRole } from "./connect.ts";

export interface RoleClients {
  readonly queue: RedisClient;
  readonly cache: RedisClient;
}

/** Something that an operator should know or change. */
export interface RoleFinding {
  readonly role: RedisRole;
  readonly level: "warn" | "info";
  /** The `maxmemory-policy` in force. */
  readonly policy: string;
  /** Names the role, the value and the right one. */
  readonly message: string;
}

/**
 * The findings of every server, most of them one or none. Rejects when a server does not answer.
 * `CONFIG GET` is asked first and `INFO memory` where that is forbidden.
 */
export async function checkRoles({ queue, cache }: RoleClients): Promise<readonly RoleFinding[]> {
  const [jobs, responses] = await Promise.all([readServers(queue), readServers(cache)]);
  const shared = responses.some(({ id }) => jobs.some((server) => server.id === id));
  const findings = jobs.map(judgeQueue);
  if (shared) findings.push(...jobs.map(judgeShared));
  else findings.push(...responses.map(judgeCache));
  const distinct = new Map(
    findings.flatMap((one) => (one === undefined ? [] : [[one.message, one]])),
  );
  return [...distinct.values()];
}

interface Server {
  readonly id: string;
  readonly policy: string;
  /** In bytes; 0 is no bound. */
  readonly maxMemory: number;
}

function judgeQueue({ policy }: Server): RoleFinding | undefined {
  if (policy === "noeviction") return undefined;
  const message = `The queue store may evict jobs: its maxmemory-policy is ${policy} and must be noeviction. Run "CONFIG SET maxmemory-policy noeviction" there and set it in its configuration.`;
  return { role: "queue", level: "warn", policy, message };
}

function judgeCache({ policy, maxMemory }: Server): RoleFinding | undefined {
  if (maxMemory === 0) {
    const message = `The cache store grows without bound: its maxmemory is 0 and its maxmemory-policy is ${policy}. Set maxmemory to what it may use, and maxmemory-policy to allkeys-lfu.`;
    return { role: "cache", level: "warn", policy, message };
  }
  if (policy !== "noeviction") return undefined;
  const message =
    "The cache store refuses new responses when it is full: its maxmemory-policy is noeviction. Set it to allkeys-lfu, so that the least used make room.";
  return { role: "cache", level: "warn", policy, message };
}

function judgeShared({ policy, maxMemory }: Server): RoleFinding | undefined {
  if (policy !== "noeviction") return undefined;
  const full = maxMemory === 0 ? "the machine's memory is used up (maxmemory is 0)" : "it is full";
  const message = `The queue store and the cache store are one server. Its maxmemory-policy noeviction is right, because jobs must stay; so when ${full}, neither new responses nor new jobs are taken, and answers come from their sources. A server of its own for the cache (CACHE_REDIS_URL) avoids that.`;
  return { role: "cache", level: "info", policy, message };
}

function readServers(client: RedisClient): Promise<Server[]> {
  const nodes = client instanceof Cluster ? client.nodes("master") : [client];
  return Promise.all(nodes.map(readServer));
}

async function readServer(node: Redis): Promise<Server> {
  const id = fieldOf(await node.info("server"), "run_id");
  const settings = await readSettings(node);
  return { id, ...settings };
}

async function readSettings(node: Redis): Promise<Pick<Server, "policy" | "maxMemory">> {
  try {
    const [, policy] = (await node.config("GET", "maxmemory-policy")) as [string, string];
    const [, maxMemory] = (await node.config("GET", "maxmemory")) as [string, string];
    return { policy, maxMemory: Number(maxMemory) };
  } catch (failure) {
    if (!(failure instanceof ReplyError)) throw failure;
    const info = await node.info("memory");
    return {
      policy: fieldOf(info, "maxmemory_policy"),
      maxMemory: Number(fieldOf(info, "maxmemory")),
    };
  }
}

function fieldOf(info: string, name: string): string {
  const line = info.split("\r\n").find((candidate) => candidate.startsWith(`${name}:`));
  return line?.slice(name.length + 1) ?? "";
}
