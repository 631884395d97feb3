/** Writes that only the present owner of a job can make, and only once: a process that was frozen while another took over is refused. */
import type { RedisClient } from "./connect.ts";
import { jobKeyPrefix, laneKeys } from "./keys.ts";
import { createScript } from "./script.ts";

/** What proves that a run owns its job. The keys that are written share the slot of the queue: they start with `queuePrefix(queue)`. */
export interface Fence {
  /** BullMQ's lock of the job; it holds the token while the run owns the job. */
  readonly lockKey: string;
  readonly token: string;
  /** There once the job has written; goes with the job's ticket. */
  readonly doneKey: string;
}

/** `lost`: the job belongs to another run, or to nobody; `already`: an earlier run of the same job has written. Neither wrote anything. */
export type Committed<T> =
  | { readonly outcome: "written"; readonly reply: T }
  | { readonly outcome: "already" }
  | { readonly outcome: "lost" };

type Argument = string | number | Buffer;

export type FencedScript<T> = (
  client: RedisClient,
  fence: Fence,
  keys: readonly string[],
  args: readonly Argument[],
) => Promise<Committed<T>>;

/** Longer than a job can be without a ticket between two runs. */
const DONE_LIFE_S = 7 * 86_400;

/** The fence of one run of a job. */
export function jobFence(queue: string, id: string, token: string): Fence {
  return {
    lockKey: `${jobKeyPrefix(queue)}${id}:lock`,
    token,
    doneKey: laneKeys(queue).done(id),
  };
}

/** Fences whose job has written, as far as their process knows. */
const written = new WeakSet<Fence>();

/** Whether what was written with this fence is still there: a Redis that comes back from a crash, or a replica that takes over, may have lost it. */
export async function isKept(client: RedisClient, fence: Fence): Promise<boolean> {
  return !written.has(fence) || (await client.exists(fence.doneKey)) === 1;
}

/** `lua` sees its own keys as KEYS and its own arguments as ARGV; check, marker and write are one step. */
export function createFencedScript<T>(lua: string): FencedScript<T> {
  const script = createScript(`
local function write(KEYS, ARGV)
${lua}
end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {'lost'} end
if redis.call('EXISTS', KEYS[2]) == 1 then return {'already'} end
local reply = write({unpack(KEYS, 3)}, {unpack(ARGV, 2)})
redis.call('SET', KEYS[2], '1', 'EX', ${DONE_LIFE_S})
return {'written', reply}
`);
  return async (client, fence, keys, args) => {
    const { lockKey, token, doneKey } = fence;
    const reply = await script(client, [lockKey, doneKey, ...keys], [token, ...args]);
    const [outcome, answer] = reply as [Committed<T>["outcome"], T];
    if (outcome !== "lost") written.add(fence);
    return outcome === "written" ? { outcome, reply: answer } : { outcome };
  };
}
