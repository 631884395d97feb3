/** Partial reports are asked for again by themselves: after ten minutes, then after twice as long, five times at most. */
import type { RedisClient } from "../redis/connect.ts";
import { REPORT_FOLLOW_UPS } from "../redis/keys.ts";
import { createScript } from "../redis/script.ts";
import { type JobPayloads, readPayload } from "./jobs.ts";

type Payload = JobPayloads["report"];

export interface FollowUps {
  /** The report is partial. */
  note(payload: Payload): Promise<void>;
  /** It is complete, or there will be none. */
  settle(payload: Payload): Promise<void>;
  /** Those worth another try now; none is given to two processes. */
  due(): Promise<Payload[]>;
}

const FIRST_MS = 600_000;
const MOST_TRIES = 5;
/** A process that takes some and dies leaves them to the next one after this time. */
const TAKEN_MS = 3_600_000;
const MOST_AT_ONCE = 10;
/** Counts of tries are forgotten when no report was partial for so long. */
const REMEMBERED_S = 30 * 86_400;

const forget = `
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
`;

const noteScript = createScript(`
local tries = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
if tries < ${MOST_TRIES} then
  redis.call('ZADD', KEYS[1], ARGV[2] + ${FIRST_MS} * 2 ^ tries, ARGV[1])
  redis.call('EXPIRE', KEYS[2], ${REMEMBERED_S})
else
  ${forget}
end
`);

const settleScript = createScript(forget);

const dueScript = createScript(`
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ${MOST_AT_ONCE})
for _, member in ipairs(due) do
  if redis.call('HINCRBY', KEYS[2], member, 1) < ${MOST_TRIES} then
    redis.call('ZADD', KEYS[1], ARGV[1] + ${TAKEN_MS}, member)
  else
    redis.call('ZREM', KEYS[1], member)
  end
end
return due
`);

const KEYS = [REPORT_FOLLOW_UPS.due, REPORT_FOLLOW_UPS.tries];

/** `connection`: to the queue role. Every call rejects when it fails. */
export function createFollowUps(connection: RedisClient, now: () => number): FollowUps {
  return {
    note: async (payload) => void (await noteScript(connection, KEYS, [nameOf(payload), now()])),
    settle: async (payload) => void (await settleScript(connection, KEYS, [nameOf(payload)])),
    async due() {
      const names = (await dueScript(connection, KEYS, [now()])) as string[];
      return names.map((name) => readPayload("report", JSON.parse(name)));
    },
  };
}

/** The report, by whomever it was asked for. */
function nameOf({ login, since, until, starIncrease }: Payload): string {
  return JSON.stringify({ login: login.toLowerCase(), since, until, starIncrease });
}
