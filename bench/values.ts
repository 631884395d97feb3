/**
 * The value cache beside bentocache, in the same run: hits in memory, hits in Redis, and one cold key that many callers in four processes want.
 * Each contender is a process of its own; rounds alternate, medians are printed. CPU time of a hit in Redis is that of the process and of Redis.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { cpuMicros } from "./lib/cpu.ts";
import { type Running, startRedis } from "./lib/processes.ts";
import { median, printTable } from "./lib/table.ts";
import type { Contender, Measured, Task } from "./lib/values-process.ts";

const ROUNDS = 5;
const PROCESSES = 4;
const CALLERS = 250;
const SCRIPT = fileURLToPath(new URL("./lib/values-process.ts", import.meta.url));

export async function benchValues(): Promise<void> {
  await compareHits(
    "Hit in memory, 1 KiB object",
    ["warmfront, memory", "warmfront, memory, shared", "bentocache, memory"],
    { kind: "hits", count: 200_000, atOnce: 1 },
  );
  await compareHits(
    "Hit in Redis, 1 KiB object, 50 reads at a time",
    ["warmfront, Redis", "bentocache, Redis"],
    { kind: "hits", count: 40_000, atOnce: 50 },
  );
  await compareRush();
}

async function compareHits(
  title: string,
  contenders: readonly Contender[],
  task: Extract<Task, { kind: "hits" }>,
): Promise<void> {
  const running = await Promise.all(contenders.map(startContender));
  const samples = new Map<Contender, Measured[]>(contenders.map((name) => [name, []]));
  try {
    for (const one of running) await one.run({ ...task, count: task.count / 4 });
    for (let round = 0; round < ROUNDS; round++)
      for (const one of running) samples.get(one.name)?.push(await one.run(task));
  } finally {
    for (const one of running) await one.stop();
  }
  const peer = median(samples.get(contenders.at(-1) as Contender)?.map((one) => one.micros) ?? []);
  const rows = [...samples].map(([name, measured]) => {
    const micros = measured.map((one) => one.micros);
    return [
      name,
      median(micros).toFixed(2),
      `${Math.min(...micros).toFixed(2)}-${Math.max(...micros).toFixed(2)}`,
      Math.round(median(measured.map((one) => one.perSecond))).toString(),
      `${(peer / median(micros)).toFixed(2)}x`,
    ];
  });
  printTable(title, ["", "CPU us/hit", "range", "hits/s", "hits per CPU-second vs peer"], rows);
}

async function compareRush(): Promise<void> {
  const rows: string[][] = [];
  for (const name of ["warmfront, both tiers", "bentocache, both tiers"] as const) {
    const redis = await startRedis();
    const fleet = await Promise.all(
      Array.from({ length: PROCESSES }, () => startProcess(name, redis)),
    );
    for (let round = 0; round < ROUNDS; round++) {
      const task = { kind: "rush", key: `cold ${round}`, callers: CALLERS } as const;
      const measured = await Promise.all(fleet.map((one) => one.run(task)));
      const calls = measured.reduce((sum, one) => sum + one.calls, 0);
      const slowest = Math.max(...measured.map((one) => (CALLERS / one.perSecond) * 1_000));
      rows.push([name, String(round + 1), String(calls), slowest.toFixed(0)]);
    }
    for (const one of fleet) await one.stop();
    await redis.stop();
  }
  printTable(
    `Stampede, ${PROCESSES} processes x ${CALLERS} callers of one cold key, the function takes 300 ms`,
    ["", "round", "calls of the function", "slowest caller ms"],
    rows,
  );
}

interface Process {
  readonly name: Contender;
  run(task: Task): Promise<Measured>;
  stop(): Promise<void>;
}

/** With a Redis of its own, whose CPU time counts too. */
async function startContender(name: Contender): Promise<Process> {
  const redis = await startRedis();
  const { run, stop } = await startProcess(name, redis);
  return {
    name,
    run: async (task) => {
      const before = cpuMicros([redis.pid]);
      const measured = await run(task);
      const count = task.kind === "hits" ? task.count : task.callers;
      return { ...measured, micros: measured.micros + (cpuMicros([redis.pid]) - before) / count };
    },
    stop: async () => {
      await stop();
      await redis.stop();
    },
  };
}

async function startProcess(name: Contender, redis: Running): Promise<Process> {
  const child = fork(SCRIPT, [name, String(redis.port)], { execArgv: ["--import", "tsx"] });
  await once(child, "message");
  return {
    name,
    run: (task) => ask(child, task),
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

function ask(child: ChildProcess, task: Task): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error("A contender ended."));
    child.once("exit", ended);
    child.once("message", (measured) => {
      child.off("exit", ended);
      resolve(measured as Measured);
    });
    child.send(task);
  });
}
