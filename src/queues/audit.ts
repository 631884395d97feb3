/** What operators did to queues and jobs: a capped stream in the queue role. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { RedisClient } from "../redis/connect.ts";
import { JOB_AUDIT } from "../redis/keys.ts";
import { readStored } from "../redis/stored-json.ts";

const actSchema = z.object({
  id: z.string(),
  /** ISO 8601. */
  time: z.string(),
  who: z.string(),
  /** A few words, such as `retry all failed`. */
  action: z.string(),
  /** Absent: all queues, or none when it was done to something else. */
  queue: z.string().optional(),
  /** The job, the scheduler or the source that it was done to; absent: more than one. */
  what: z.string().optional(),
  /** How many jobs, queues or schedulers there were to do it to. */
  count: z.number(),
  /** The act was refused or broke off after it had been recorded. */
  failed: z.literal(true).optional(),
});

/** One act of an operator. Texts of others in it are cut, and hold no secrets. */
export type JobAct = Readonly<z.infer<typeof actSchema>>;

/** What is told of an act when it is recorded. */
export type ActFacts = Omit<JobAct, "id" | "time" | "failed">;

export interface JobAudit {
  /** Rejects when it was not recorded: then what has not been done yet must not be done. */
  add(facts: ActFacts): Promise<JobAct>;
  /** The act was refused or broke off. Rejects when that was not recorded. */
  fail(act: JobAct): Promise<void>;
  /** The newest acts, newest first. Rejects when Redis does not answer. */
  read(count: number): Promise<JobAct[]>;
}

const RECORDS = 10_000;

/** `connection`: to the queue role. */
export function createJobAudit(connection: RedisClient): JobAudit {
  const write = async (act: JobAct) => {
    const record = JSON.stringify(act);
    await connection.xadd(JOB_AUDIT, "MAXLEN", "~", RECORDS, "*", "act", record);
  };
  return {
    async add(facts) {
      const act = { id: randomUUID(), time: new Date().toISOString(), ...facts };
      await write(act);
      return act;
    },
    fail: (act) => write({ ...act, failed: true }),
    async read(count) {
      // Each act has two entries at most, the second when it failed.
      const entries = await connection.xrevrange(JOB_AUDIT, "+", "-", "COUNT", 2 * count);
      const acts = new Map<string, JobAct>();
      for (const [, [, text = ""]] of entries) {
        const act = readStored(actSchema, text);
        if (act !== undefined && !acts.has(act.id)) acts.set(act.id, act);
      }
      return [...acts.values()].slice(0, count);
    },
  };
}
