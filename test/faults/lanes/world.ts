/** Worker processes, users that ask for reports, and a history of what happened, over whatever Redis a fault is made in. */
import { once } from "node:events";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { expect } from "vitest";
import type { RedisTarget } from "../../../src/config/config.ts";
import { createLogger } from "../../../src/logger.ts";
import { createReportQueue } from "../../../src/queues/report.ts";
import {
  connectForRequests,
  connectForWorkers,
  type RedisClient,
} from "../../../src/redis/connect.ts";
import { queuePrefix } from "../../../src/redis/keys.ts";
import { startRedis } from "../../helpers/redis.ts";
import { type ReportPayload, reportsAbout } from "../../helpers/reports.ts";
import { type ScriptProcess, spawnScript } from "../../helpers/spawn-script.ts";
import { type HistoryEvent, type HistoryJob, type Judgement, judge } from "./history.ts";
import { COMMITS, EVENTS, type WorkerPlan } from "./worker-process.ts";

/** Whether to fault as much as the figures ask for, or only as much as every run of the tests has time for. */
const FULL = process.env.FAULTS === "full";

export function sized<T>(full: T, small: T): T {
  return FULL ? full : small;
}

/** Prints one line of figures. */
export function figures(what: string, facts: object): void {
  process.stdout.write(`${what}: ${JSON.stringify(facts)}\n`);
}

/** A judgement in numbers. */
export function counts(judgement: object): object {
  return Object.fromEntries(
    Object.entries(judgement).map(([name, found]) => [
      name,
      Array.isArray(found) ? found.length : found,
    ]),
  );
}

/** Short locks, so that a worker that died is noticed within seconds. */
export const HASTY = {
  lockDurationMs: 3_000,
  stalledIntervalMs: 1_000,
  maxStalledCount: 10,
  sweepMs: 1_000,
};

const LIMITS = { concurrency: 1, waiting: 1_000 };

interface LaneWorker {
  readonly name: string;
  readonly process: ScriptProcess;
}

interface WorldOptions {
  readonly target: RedisTarget;
  readonly workers?: number;
  readonly plan?: Partial<WorkerPlan>;
}

interface Acknowledged extends HistoryJob {
  readonly id: string;
  readonly payload: ReportPayload;
  readonly at: number;
}

export async function startWorld({ target, workers = 4, plan }: WorldOptions) {
  const historyRedis = await startRedis();
  const history = new Redis(historyRedis.url);
  const logger = createLogger({ level: "silent", pretty: false });
  const connection = connectForRequests(target, { role: "queue", logger, budgetMs: 10_000 });
  const patient = connectForWorkers(target, { role: "queue", logger });
  const queue = createReportQueue({ connection, logger, limits: LIMITS, limitMs: 10_000 });
  const inspected = new Queue("report", {
    connection: patient,
    prefix: queuePrefix("report"),
    skipVersionCheck: true,
  });
  inspected.on("error", () => undefined);
  if (connection.status !== "ready") await once(connection, "ready");
  const fleet: LaneWorker[] = [];
  const acknowledged: Acknowledged[] = [];
  const starting = new Set<ScriptProcess>();
  let spawned = 0;
  let refusals = 0;
  const askedAgain = new Set<string>();

  async function spawn(): Promise<void> {
    const name = `w${spawned++}`;
    const full: WorkerPlan = {
      name,
      target,
      historyUrl: historyRedis.url,
      concurrency: 10,
      workMs: [20, 60],
      limits: LIMITS,
      timing: HASTY,
      ...plan,
    };
    const process = spawnScript(new URL("worker-process.ts", import.meta.url), [
      JSON.stringify(full),
    ]);
    starting.add(process);
    const line = await process.line();
    starting.delete(process);
    expect(line, process.errors()).toBe("ready");
    fleet.push({ name, process });
  }

  async function tell(event: HistoryEvent): Promise<void> {
    await history.rpush(EVENTS, JSON.stringify(event));
  }

  /** Ends one process and tells the history once it is gone. */
  async function end(worker: LaneWorker, signal: NodeJS.Signals): Promise<number | null> {
    fleet.splice(fleet.indexOf(worker), 1);
    worker.process.child.kill(signal);
    const code = await worker.process.exited;
    await tell({ kind: "gone", worker: worker.name, died: true });
    return code;
  }

  /** Asks until it is taken: whoever gets no answer asks again, as a client does. */
  async function askUntilTaken(payload: ReportPayload): Promise<Acknowledged> {
    const { login: lane, since } = payload;
    const job = `${lane}/${since}`;
    for (;;) {
      try {
        const enqueued = await queue.enqueue(payload);
        if ("refused" in enqueued) throw new Error("The lane is full.");
        return { id: enqueued.id, job, lane, payload, at: Date.now() };
      } catch {
        refusals += 1;
        askedAgain.add(job);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async function ask(payload: ReportPayload): Promise<void> {
    acknowledged.push(await askUntilTaken(payload));
  }

  await Promise.all(Array.from({ length: workers }, spawn));
  return {
    fleet,
    queue,
    inspected,
    client: patient,
    spawn,
    end,
    tell,
    acknowledged,
    /** How often somebody was not given an answer. */
    refusals: () => refusals,
    /** Each user asks for reports one after the other, all users beside each other. */
    async askFor(users: number, each: number, login = "user"): Promise<void> {
      const lanes = Array.from({ length: users }, (_, n) => reportsAbout(`${login}-${n}`, each));
      await Promise.all(
        lanes.map(async (payloads) => {
          for (const payload of payloads) await ask(payload);
        }),
      );
    },
    ask,
    /** Asks again for what was taken from then on and is gone, or has lost its place: a server that dies may take along what no replica has. */
    async askAgain(from: number): Promise<void> {
      for (const one of acknowledged.filter(({ at }) => at >= from)) {
        // In this order: a job without a place may have ended, which it stays.
        if ((await queue.position(one.id)) !== undefined) continue;
        if (!["unknown", "delayed"].includes(await inspected.getJobState(one.id))) continue;
        askedAgain.add(one.job);
        const anew = await askUntilTaken(one.payload);
        if (anew.id === one.id) continue;
        acknowledged.splice(acknowledged.indexOf(one), 1);
        acknowledged.push(anew);
      }
    },
    commits: () => patient.llen(COMMITS),
    /** How many have a result. */
    committed: async () => new Set((await commitsIn(patient)).map(({ job }) => job)).size,
    /** Waits until so many jobs have ended, and no other is left. */
    async untilEnded(count: number, timeout = 120_000): Promise<void> {
      const left = async () => {
        const open = await inspected.getJobCountByTypes("waiting", "active", "delayed");
        const ended = await inspected.getJobCountByTypes("completed", "failed");
        return open + Math.max(0, count - ended);
      };
      await expect.poll(left, { timeout, interval: 250 }).toBe(0);
    },
    async judgement(): Promise<Judgement & { readonly refused: number }> {
      const events: HistoryEvent[] = (await history.lrange(EVENTS, 0, -1)).map((e) =>
        JSON.parse(e),
      );
      const commits = await commitsIn(patient);
      const ended = new Map<string, "completed" | "failed">();
      for (const { id, job } of acknowledged) {
        const state = await inspected.getJobState(id);
        if (state === "completed" || state === "failed") ended.set(job, state);
      }
      const refused = events.filter(({ kind }) => kind === "refused").length;
      return { ...judge({ acknowledged, events, commits, ended, askedAgain }), refused };
    },
    async [Symbol.asyncDispose]() {
      for (const { process } of fleet) await process[Symbol.asyncDispose]();
      for (const process of starting) await process[Symbol.asyncDispose]();
      await queue.close();
      await inspected.close();
      connection.disconnect();
      patient.disconnect();
      history.disconnect();
      await historyRedis.stop();
    },
  };
}

async function commitsIn(client: RedisClient): Promise<HistoryJob[]> {
  return (await client.lrange(COMMITS, "0", "-1")).map((line) => JSON.parse(line));
}
