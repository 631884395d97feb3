/** What a miss costs: CPU time per request, and the latency that it adds to a direct call of the same origin at a moderate rate. */
import { cpuMicros, treeOf } from "./lib/cpu.ts";
import { load } from "./lib/load.ts";
import { type Running, startOrigin, startWarmfront } from "./lib/processes.ts";
import { median, printTable } from "./lib/table.ts";

const ROUNDS = 3;
const REQUESTS = 5_000;

export async function benchMiss(): Promise<void> {
  const origin = await startOrigin();
  const front = await startWarmfront({ originPort: origin.port });
  try {
    let key = 0;
    const fresh = () => Array.from({ length: REQUESTS }, () => `/index/v1/size/1024/miss-${key++}`);
    await load({ port: front.port, targets: fresh(), connections: 16, requests: REQUESTS });
    const rounds: { micros: number; direct: number; through: number }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({
        micros: await microsOf(front, fresh()),
        ...(await latencies(origin, front, fresh(), fresh())),
      });
    }
    report(rounds);
  } finally {
    await front.stop();
    await origin.stop();
  }
}

async function microsOf(front: Running, targets: readonly string[]): Promise<number> {
  const pids = treeOf(front.pid);
  const before = cpuMicros(pids);
  const { requests } = await load({
    port: front.port,
    targets,
    connections: 16,
    requests: REQUESTS,
  });
  return (cpuMicros(pids) - before) / requests;
}

/** One request at a time, so that nothing waits for anything but the origin. */
async function latencies(
  origin: Running,
  front: Running,
  a: readonly string[],
  b: readonly string[],
) {
  const direct = await load({ port: origin.port, targets: a, connections: 1, requests: 1_000 });
  const through = await load({ port: front.port, targets: b, connections: 1, requests: 1_000 });
  return { direct: direct.p50, through: through.p50 };
}

function report(rounds: readonly { micros: number; direct: number; through: number }[]): void {
  const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick));
  printTable(
    "Miss, 1 KiB",
    ["CPU us/miss", "direct p50 ms", "through p50 ms", "added p50 ms"],
    [
      [
        of((r) => r.micros).toFixed(1),
        of((r) => r.direct).toFixed(3),
        of((r) => r.through).toFixed(3),
        of((r) => r.through - r.direct).toFixed(3),
      ],
    ],
  );
}
