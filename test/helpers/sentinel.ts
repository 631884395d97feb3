import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { freePort } from "./ports.ts";
import { serverBinary } from "./redis.ts";

const LOCAL = "127.0.0.1";

export interface SentinelOptions {
  /** Port of the master to watch, which it calls `main`. */
  readonly master: number;
  /** How many Sentinels must find that it is gone. */
  readonly quorum: number;
  readonly downAfterMs: number;
  readonly failoverTimeoutMs: number;
}

export interface Sentinel extends AsyncDisposable {
  readonly port: number;
}

/** A Sentinel process on loopback, in a folder of its own. It may answer a moment later. */
export async function launchSentinel(options: SentinelOptions): Promise<Sentinel> {
  const { master, quorum, downAfterMs, failoverTimeoutMs } = options;
  const folder = await mkdtemp(join(tmpdir(), "warmfront-sentinel-"));
  const file = join(folder, "sentinel.conf");
  const port = await freePort();
  const lines = [
    `port ${port}`,
    `bind ${LOCAL}`,
    `dir ${folder}`,
    `sentinel monitor main ${LOCAL} ${master} ${quorum}`,
    `sentinel down-after-milliseconds main ${downAfterMs}`,
    `sentinel failover-timeout main ${failoverTimeoutMs}`,
  ];
  await writeFile(file, lines.join("\n"));
  const child = spawn(serverBinary(), [file, "--sentinel"], { stdio: "ignore" });
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a Sentinel says of the master: a field of `SENTINEL MASTER`. */
export async function masterField(sentinel: Redis, name: string): Promise<string | undefined> {
  const fields = (await sentinel.call("SENTINEL", "MASTER", "main")) as string[];
  return fields[fields.indexOf(name) + 1];
}
