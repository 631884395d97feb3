/** Source requests that 4 processes of 250 callers each make for one cold key. */
import { load } from "./lib/load.ts";
import { startOrigin, startRedis, startWarmfront } from "./lib/processes.ts";
import { printTable } from "./lib/table.ts";

const PROCESSES = 4;
const CALLERS = 250;
const ROUNDS = 5;

export async function benchStampede(): Promise<void> {
  const origin = await startOrigin();
  const redis = await startRedis();
  const redisUrl = `redis://127.0.0.1:${redis.port}`;
  const fronts = await Promise.all(
    Array.from({ length: PROCESSES }, () =>
      startWarmfront({ originPort: origin.port, redisUrl, entry: "web" }),
    ),
  );
  const rows: string[][] = [];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const before = await countOf(origin.port);
      const targets = [`/index/v1/size/1024/cold-${round}?delay=300`];
      const results = await Promise.all(
        fronts.map(({ port }) => load({ port, targets, connections: CALLERS, requests: CALLERS })),
      );
      const failed = results.reduce((sum, result) => sum + result.failed, 0);
      const slowest = Math.max(...results.map(({ p99 }) => p99));
      rows.push([
        String(round + 1),
        String((await countOf(origin.port)) - before),
        String(failed),
        slowest.toFixed(0),
      ]);
    }
    printTable(
      `Stampede, ${PROCESSES} processes x ${CALLERS} callers, source takes 300 ms`,
      ["round", "source requests", "failed", "p99 ms"],
      rows,
    );
  } finally {
    await Promise.all(fronts.map((front) => front.stop()));
    await redis.stop();
    await origin.stop();
  }
}

async function countOf(port: number): Promise<number> {
  return Number(await (await fetch(`http://127.0.0.1:${port}/count`)).text());
}
