/** The lock of a flight in Redis. It ends by itself, so a holder that stops working is replaced; the fence keeps it from doing harm when it wakes. */
import { randomBytes } from "node:crypto";
import { flightKey, soloKey } from "../redis/keys.ts";
import { createScript } from "../redis/script.ts";
import type { StoreRedis } from "../redis/store-redis.ts";
import type { FlightOutcome } from "./flight.ts";

/** What Redis says to somebody who wants to fetch. Fences are its clock in microseconds, so none can be evicted or lost. */
export type Begun =
  | { readonly role: "lead"; readonly fence: number; readonly token: string }
  | { readonly role: "follow"; readonly fence: number; readonly holder: string }
  | { readonly role: "alone"; readonly fence: number };

/** How long the outcome stands where the lock was, for those who wait. */
const OUTCOME_LIFE_MS = 2_000;
/** How long a key is remembered as not worth waiting for. */
export const SOLO_LIFE_MS = 30_000;
/** What an outcome starts with; a token never does. */
const OUTCOME_MARK = "=";

const beginScript = createScript(`
local t = redis.call('TIME')
local fence = t[1] * 1000000 + t[2]
if redis.call('EXISTS', KEYS[2]) == 1 then return {'alone', fence} end
local holder = redis.call('GET', KEYS[1])
if holder and string.sub(holder, 1, 1) ~= '${OUTCOME_MARK}' then return {'follow', fence, holder} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {'lead', fence}
`);

const renewScript = createScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
`);

const endScript = createScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], '${OUTCOME_MARK}' .. ARGV[2], 'PX', ${OUTCOME_LIFE_MS})
if ARGV[2] == 'unshareable' then redis.call('SET', KEYS[2], '1', 'PX', ${SOLO_LIFE_MS}) end
return 1
`);

export function createToken(): string {
  return randomBytes(12).toString("hex");
}

/** Rejects when Redis does not answer; the lock may have been taken with `token` all the same. */
export async function beginFlight(
  redis: StoreRedis,
  key: string,
  token: string,
  lifeMs: number,
): Promise<Begun> {
  const keys = [flightKey(key), soloKey(key)];
  const reply = await redis.ask((client) => beginScript(client, keys, [token, lifeMs]));
  const [role, fence, holder] = reply as ["lead" | "follow" | "alone", number, string];
  if (role === "lead") return { role, fence, token };
  return role === "follow" ? { role, fence, holder } : { role, fence };
}

/** The server's clock as a fence. Rejects when Redis does not answer. */
export async function readFence(redis: StoreRedis): Promise<number> {
  const [seconds, micros] = await redis.ask((client) => client.time());
  return Number(seconds) * 1_000_000 + Number(micros);
}

/** Keeps the lock while its holder works. Failure does not matter: the fence decides in the end. */
export async function renewFlight(
  redis: StoreRedis,
  key: string,
  token: string,
  lifeMs: number,
): Promise<void> {
  await redis.work((client) => renewScript(client, [flightKey(key)], [token, lifeMs])).catch(noop);
}

/** Gives the lock back, if it is still ours, and says how it went. Failure does not matter: the lock ends by itself. */
export async function endFlight(
  redis: StoreRedis,
  key: string,
  token: string,
  outcome: FlightOutcome,
): Promise<void> {
  const keys = [flightKey(key), soloKey(key)];
  await redis.work((client) => endScript(client, keys, [token, outcome])).catch(noop);
}

/**
 * How the flight of `holder` stands. `failed` as well when nobody knows: the lock ended by itself, or another flight has followed. Rejects
 * when Redis does not answer.
 */
export async function lookAtFlight(
  redis: StoreRedis,
  key: string,
  holder: string,
): Promise<FlightOutcome | "flying"> {
  const lock = await redis.ask((client) => client.get(flightKey(key)));
  if (lock === holder) return "flying";
  if (lock === `${OUTCOME_MARK}stored`) return "stored";
  return lock === `${OUTCOME_MARK}unshareable` ? "unshareable" : "failed";
}

function noop(): void {}
