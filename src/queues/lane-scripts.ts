/**
 * The steps of a lane, each one script. A job's ticket is its lock: nothing here expires, and whether a ticket counts is read off
 * BullMQ's own record of the job, so the two cannot drift apart. Read of BullMQ: a record's `timestamp`, `finishedOn` and `progress`,
 * the lock, and the set of delayed jobs. Written of BullMQ: nothing.
 */
import type { RedisClient } from "../redis/connect.ts";
import { jobKeyPrefix, laneKeys } from "../redis/keys.ts";
import { createScript } from "../redis/script.ts";

const HEAD = `
local lane, lanes, parked, numbers = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local bull, ours, name, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local function alive(id)
  local record = redis.call('HMGET', bull .. id, 'timestamp', 'finishedOn')
  return record[1] and not record[2]
end

local function drop(id)
  redis.call('ZREM', lane, id)
  redis.call('SREM', parked, id)
  redis.call('DEL', ours .. 'cancel:' .. id, ours .. 'done:' .. id, ours .. 'chance:' .. id)
end

-- The first tickets that count, at most so many (all: 0); those before them that do not are dropped. One may be known to count.
local function live(most, known)
  local found = {}
  repeat
    local dropped = false
    for _, id in ipairs(redis.call('ZRANGE', lane, #found, most - 1)) do
      if id == known or alive(id) then
        found[#found + 1] = id
      else
        drop(id)
        dropped = true
      end
    end
  until not dropped
  if #found == 0 then redis.call('SREM', lanes, name) end
  return found
end

local function isDelayed(id)
  return redis.call('ZSCORE', bull .. 'delayed', id)
end

-- Jobs whose turn it is and that still wait for it.
local function ready()
  local ids = {}
  for _, id in ipairs(live(limit)) do
    if redis.call('SISMEMBER', parked, id) == 1 and isDelayed(id) then ids[#ids + 1] = id end
  end
  return ids
end

local function hasTicket(id)
  return redis.call('ZSCORE', lane, id)
end

-- A lane that holds a ticket is among the lanes.
local function draw(id, isFirst)
  redis.call('ZADD', lane, redis.call('INCR', numbers), id)
  if isFirst then redis.call('SADD', lanes, name) end
end

-- Jobs of the lane that must end before this one may run.
local function position(id)
  local rank = redis.call('ZRANK', lane, id)
  return rank and math.max(0, rank + 1 - limit) or -1
end
`;

/** What a script is run on. */
export interface LaneCall {
  readonly client: RedisClient;
  readonly queue: string;
  readonly lane: string;
  readonly limit: number;
}

type Argument = string | number;

interface Step<T> {
  (call: LaneCall, ...args: Argument[]): Promise<T>;
  /** The arguments of an EVALSHA that is this step, for those who send it with other commands. */
  evalsha(call: Omit<LaneCall, "client">, ...args: Argument[]): Argument[];
}

function createStep<T>(body: string): Step<T> {
  const script = createScript(HEAD + body);
  const step = async (call: LaneCall, ...args: Argument[]) => {
    const keys = keysOf(call);
    return (await script(call.client, keys, [...argumentsOf(call), ...args])) as T;
  };
  const evalsha: Step<T>["evalsha"] = (call, ...args) => {
    const keys = keysOf(call);
    return [script.digest, keys.length, ...keys, ...argumentsOf(call), ...args];
  };
  return Object.assign(step, { evalsha });
}

function keysOf({ queue, lane }: Omit<LaneCall, "client">): string[] {
  const keys = laneKeys(queue);
  return [keys.lane(lane), keys.lanes, keys.parked, keys.numbers];
}

function argumentsOf({ queue, lane, limit }: Omit<LaneCall, "client">): Argument[] {
  return [jobKeyPrefix(queue), laneKeys(queue).prefix, lane, limit];
}

export type JoinReply = ["in", number, ...string[]] | ["full", number] | ["ended"] | ["gone"];

/**
 * Arguments: id, cap on waiting jobs. Draws a ticket for an unfinished job that has none. Idempotent. The first word: `in` with the
 * position and the jobs to promote, `full` with the number of jobs in the lane, `ended` when the job has ended, `gone` when there is no record of it.
 */
export const joinStep = createStep<JoinReply>(`
local id, cap = ARGV[5], tonumber(ARGV[6])
if not alive(id) then
  if redis.call('EXISTS', bull .. id) == 1 then return {'ended'} end
  return {'gone'}
end
if not hasTicket(id) then
  -- The wish to cancel stands for the refusal too: nobody else may give the job a place while it is being removed.
  local wish = ours .. 'cancel:' .. id
  local there = redis.call('ZCARD', lane)
  if there >= limit + cap or redis.call('EXISTS', wish) == 1 then
    there = #live(0)
    if there >= limit + cap or redis.call('EXISTS', wish) == 1 then
      redis.call('SET', wish, '1', 'EX', 86400)
      return {'full', there}
    end
  end
  draw(id, there == 0)
  -- Only with the record of a delayed job does the mark mean anything, and a run takes it away.
  redis.call('SADD', parked, id)
end
local promoted = ready()
return {'in', position(id), unpack(promoted)}
`);

/** Arguments: id, token. Whether the job may run now: `run`, `park` with its position, `cancelled`, or `lost` when another run owns it. */
export const guardStep = createStep<["run"] | ["park", number] | ["cancelled"] | ["lost"]>(`
local id = ARGV[5]
if redis.call('GET', bull .. id .. ':lock') ~= ARGV[6] then return {'lost'} end
if redis.call('EXISTS', ours .. 'cancel:' .. id) == 1 then return {'cancelled'} end
local function isItsTurn()
  for _, first in ipairs(live(limit, id)) do
    if first == id then return true end
  end
end
local its = isItsTurn()
if not its and not hasTicket(id) then
  draw(id, true)
  its = isItsTurn()
end
if its then
  redis.call('SREM', parked, id)
  return {'run'}
end
redis.call('SADD', parked, id)
return {'park', position(id)}
`);

/** Argument: a job that may have ended, or nothing. The jobs to promote. Idempotent. */
export const wakeStep = createStep<string[]>(`
local id = ARGV[5]
if id ~= '' and not alive(id) then drop(id) end
return ready()
`);

/** Argument: id. Its position; -1 when it holds no ticket that counts. */
export const positionStep = createStep<number>(`
if not alive(ARGV[5]) then return -1 end
live(limit)
return position(ARGV[5])
`);

/** Argument: id. `delayed` (to be promoted), `elsewhere` (waiting, or active and told), or `ended`. */
export const cancelStep = createStep<"delayed" | "elsewhere" | "ended">(`
local id = ARGV[5]
if not alive(id) then return 'ended' end
redis.call('SET', ours .. 'cancel:' .. id, '1', 'EX', 86400)
redis.call('PUBLISH', ours .. 'cancels', id)
return isDelayed(id) and 'delayed' or 'elsewhere'
`);

/** Ready jobs as of `wakeStep`; then parked jobs whose progress does not say where they stand, each followed by its position. */
export const sweepStep = createStep<[ready: string[], moved: (string | number)[]]>(`
local moved = {}
for i, id in ipairs(live(0)) do
  local at = i - limit
  if at > 0 and redis.call('SISMEMBER', parked, id) == 1 and isDelayed(id) then
    if redis.call('HGET', bull .. id, 'progress') ~= '{"step":"queued","position":' .. at .. '}' then
      moved[#moved + 1] = id
      moved[#moved + 1] = at
    end
  end
end
return {ready(), moved}
`);
