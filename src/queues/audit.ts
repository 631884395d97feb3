/** What operators did to queues and jobs: a capped stream in the queue role. */
import { z } from "zod";
import type { RedisClient } from "../redis/connect.ts";
import { JOB_AUDIT } from "../redis/keys.ts";

/** One act of an operator. Texts of others in it are cut, and hold no secrets. */
export interface JobAct {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly who: string;
  /** A few words, such as `retry all failed`. */
  readonly action: string;
  /** Absent: all queues. */
  readonly queue?: string | undefined;
  /** The job or the scheduler that it was done to; absent: more than one. */
  readonly what?: string | undefined;
  /** How many jobs, queues or schedulers there were to do it to. */
  readonly count: number;
  /** The act was refused or broke off after it had been recorded. */
  readonly failed?: true | undefined;
}

export interface JobAudit {
  /** Rejects when it was not recorded: then the act must not be done. An id that is there already amends that record. */
  add(act: JobAct): Promise<void>;
  /** The newest acts, newest first. Rejects when Redis does not answer. */
  read(count: number): Promise<JobAct[]>;
}

const RECORDS = 10_000;

const actSchema = z.object({
  id: z.string(),
  time: z.string(),
  who: z.string(),
  action: z.string(),
  queue: z.string().optional(),
  what: z.string().optional(),
  count: z.number(),
  failed: z.literal(true).optional(),
});

/** `connection`: to the queue role. */
export function createJobAudit(connection: RedisClient): JobAudit {
  return {
    async add(act) {
      const record = JSON.stringify(act);
      await connection.xadd(JOB_AUDIT, "MAXLEN", "~", RECORDS, "*", "act", record);
    },
    async read(count) {
      // Each act has two entries at most.
      const entries = await connection.xrevrange(JOB_AUDIT, "+", "-", "COUNT", 2 * count);
      const acts = new Map<string, JobAct>();
      for (const [, [, text = ""]] of entries) {
        const act = parseAct(text);
        if (act !== undefined && !acts.has(act.id)) acts.set(act.id, act);
      }
      return [...acts.values()].slice(0, count);
    },
  };
}

/** Undefined when it is of another version or another hand. */
function parseAct(text: string): JobAct | undefined {
  try {
    return actSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
