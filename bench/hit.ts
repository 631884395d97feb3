/**
 * Hits per second and CPU time per hit, from memory and from Redis, beside the OpenCitations proxy with the same origin and bodies.
 * Both write a line for every request, as they do unless told otherwise; the smallest size is measured without these lines too.
 * Rounds alternate; medians are printed. CPU time covers the proxy's process tree and its Redis.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cpuMicros, treeOf } from "./lib/cpu.ts";
import { load } from "./lib/load.ts";
import {
  type Running,
  startOrigin,
  startPeer,
  startRedis,
  startWarmfront,
} from "./lib/processes.ts";
import { median, printTable } from "./lib/table.ts";

const ROUNDS = 3;
const SIZES = [
  { label: "1 KiB", bytes: 1024, keys: 1000, requests: 40_000 },
  { label: "32 KiB", bytes: 32_768, keys: 200, requests: 15_000 },
  { label: "1 MiB", bytes: 1_048_576, keys: 20, requests: 600 },
] as const;
type Size = (typeof SIZES)[number];
const PEER =
  process.env.BENCH_PEER ??
  fileURLToPath(new URL("../../shared/peers/opencitations-proxy.py", import.meta.url));
const PYTHON = "/usr/bin/python3";

interface Contender {
  readonly name: string;
  readonly server: Running;
  /** Processes that serve besides the server's own tree. */
  readonly helpers: readonly number[];
}

interface Sample {
  readonly micros: number;
  readonly perSecond: number;
}

export async function benchHit(): Promise<void> {
  const origin = await startOrigin();
  try {
    await benchSizes(origin.port, false, SIZES);
    await benchSizes(origin.port, true, SIZES.slice(0, 1));
  } finally {
    await origin.stop();
  }
}

async function benchSizes(originPort: number, quiet: boolean, sizes: readonly Size[]) {
  const { contenders, close } = await startContenders(originPort, quiet);
  try {
    for (const size of sizes)
      report(`${size.label}${quiet ? ", no request lines" : ""}`, await compare(contenders, size));
  } finally {
    await close();
  }
}

async function startContenders(
  originPort: number,
  quiet: boolean,
): Promise<{ contenders: Contender[]; close: () => Promise<void> }> {
  const memory = await startWarmfront({ originPort, quiet });
  const redis = await startWarmfront({ originPort, quiet, memorySize: "0" });
  const contenders: Contender[] = [
    { name: "warmfront, memory", server: memory, helpers: [] },
    { name: "warmfront, Redis", server: redis, helpers: [] },
  ];
  const running = [memory, redis];
  const missing = whyNoPeer();
  if (missing === undefined) {
    const peerRedis = await startRedis();
    const ports = { originPort, redisPort: peerRedis.port };
    const peer = await startPeer({ script: PEER, python: PYTHON, ...ports, quiet });
    contenders.push({ name: "OpenCitations proxy", server: peer, helpers: [peerRedis.pid] });
    running.push(peer, peerRedis);
  } else {
    process.stdout.write(`No peer in this run: ${missing}\n`);
  }
  return {
    contenders,
    close: async () => {
      for (const server of running) await server.stop();
    },
  };
}

function whyNoPeer(): string | undefined {
  if (!existsSync(PEER)) return `${PEER} is not there (set BENCH_PEER)`;
  try {
    execFileSync(PYTHON, ["-c", "import aiohttp, redis"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "it needs python3-aiohttp and python3-redis";
  }
}

async function compare(
  contenders: readonly Contender[],
  size: Size,
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const targets = Array.from(
    { length: size.keys },
    (_, key) => `/index/v1/size/${size.bytes}/${key}`,
  );
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  for (const contender of contenders) await warm(contender, targets, size.requests);
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders)
      samples.get(contender.name)?.push(await measure(contender, targets, size.requests));
  }
  return samples;
}

async function warm(
  { server }: Contender,
  targets: readonly string[],
  requests: number,
): Promise<void> {
  await load({ port: server.port, targets, connections: 8, requests: targets.length });
  await load({ port: server.port, targets, connections: 64, requests: Math.ceil(requests / 4) });
}

async function measure(
  { server, helpers, name }: Contender,
  targets: readonly string[],
  requests: number,
): Promise<Sample> {
  const pids = [...treeOf(server.pid), ...helpers];
  const before = cpuMicros(pids);
  const result = await load({ port: server.port, targets, connections: 64, requests });
  if (result.failed > 0)
    throw new Error(`${name} failed ${result.failed} of ${result.requests} requests.`);
  return {
    micros: (cpuMicros(pids) - before) / result.requests,
    perSecond: result.requests / result.seconds,
  };
}

function report(label: string, samples: ReadonlyMap<string, readonly Sample[]>): void {
  const peer = samples.get("OpenCitations proxy")?.map(({ micros }) => micros);
  const rows = [...samples].map(([name, runs]) => {
    const micros = median(runs.map((run) => run.micros));
    const ratio = peer === undefined ? "" : `${(median(peer) / micros).toFixed(1)}x`;
    const range = `${Math.min(...runs.map((run) => run.micros)).toFixed(1)}-${Math.max(...runs.map((run) => run.micros)).toFixed(1)}`;
    return [
      name,
      micros.toFixed(1),
      range,
      Math.round(median(runs.map((run) => run.perSecond))).toString(),
      ratio,
    ];
  });
  printTable(
    `Hit, ${label}`,
    ["", "CPU us/hit", "range", "hits/s", "hits per CPU-second vs peer"],
    rows,
  );
}
