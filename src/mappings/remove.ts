/** Compare-and-delete: what was judged goes only if it is still there, and all of it in one step where Redis can do that. */
import { Cluster, type Redis } from "ioredis";
import { messageOf } from "../errors.ts";
import type { RedisClient } from "../redis/connect.ts";
import { createScript } from "../redis/script.ts";
import { readLives, readStrings, readTypes, unlinkAll } from "./keyspace.ts";
import type { Held, HeldKey, Removal } from "./removal.ts";

/** The keys that are gone now, or that nothing was touched because a guard no longer held. */
export type Removed = { readonly keys: readonly string[] } | "changed";

export interface Remover {
  remove(removal: Removal): Promise<Removed>;
}

/**
 * One script; where scripts are not allowed, one transaction that fails when anything changes; in a Cluster, where the keys are on many
 * nodes, one compare-and-delete for each key with the deciding key last, so that a run cut short is finished by the next.
 */
export function createRemover(client: RedisClient): Remover {
  if (client instanceof Cluster) return { remove: (removal) => removeOneByOne(client, removal) };
  let scripts = true;
  const inTurn = createTurns();
  return {
    async remove(removal) {
      if (scripts) {
        try {
          return await removeByScript(client, removal);
        } catch (failure) {
          if (!/NOPERM|unknown command/i.test(messageOf(failure))) throw failure;
          scripts = false;
        }
      }
      return inTurn(() => removeByTransaction(client, removal));
    },
  };
}

// ARGV[1] is the number of guards. Each further argument says what the key of the same place must hold:
// "=" and a string, "#" and a dump, "-" for nothing.
const COMPARE_AND_DELETE = createScript(`
local function holds(key, want)
  local form, rest = string.sub(want, 1, 1), string.sub(want, 2)
  if form == "-" then return redis.call("EXISTS", key) == 0 end
  local kind = redis.call("TYPE", key).ok
  if form == "=" then return kind == "string" and redis.call("GET", key) == rest end
  return kind ~= "none" and redis.call("DUMP", key) == rest
end
local guards = tonumber(ARGV[1])
for i = 1, guards do
  if not holds(KEYS[i], ARGV[i + 1]) then return -1 end
end
local gone = {}
for i = guards + 1, #KEYS do
  if holds(KEYS[i], ARGV[i + 1]) then
    redis.call("UNLINK", KEYS[i])
    gone[#gone + 1] = i - guards - 1
  end
end
return gone`);

async function removeByScript(client: RedisClient, { guards, keys }: Removal): Promise<Removed> {
  const gone = await COMPARE_AND_DELETE(
    client,
    [...guards, ...keys].map(({ key }) => key),
    [guards.length, ...guards.map(guardArgument), ...keys.map(({ held }) => heldArgument(held))],
  );
  return Array.isArray(gone) ? { keys: gone.map((i) => (keys[i] as HeldKey).key) } : "changed";
}

function guardArgument({ value }: Removal["guards"][number]): Buffer {
  return value === null ? Buffer.from("-") : heldArgument({ value });
}

function heldArgument(held: Held): Buffer {
  return "value" in held
    ? Buffer.concat([Buffer.from("="), held.value])
    : Buffer.concat([Buffer.from("#"), held.dump]);
}

const TRANSACTION_TRIES = 3;

/** WATCH holds for a connection, so these take turns on it. */
async function removeByTransaction(client: Redis, removal: Removal): Promise<Removed> {
  const { guards, keys } = removal;
  const names = keys.map(({ key }) => key);
  for (let tries = 0; tries < TRANSACTION_TRIES; tries++) {
    await client.watch([...guards.map(({ key }) => key), ...names]);
    const same = (await guardsHold(client, guards)) ? await unchanged(client, keys) : undefined;
    if (same === undefined || same.length === 0) {
      await client.unwatch();
      return same === undefined ? "changed" : { keys: [] };
    }
    if ((await client.multi().unlink(same).exec()) !== null) return { keys: same };
  }
  return "changed";
}

async function removeOneByOne(client: Cluster, { guards, keys }: Removal): Promise<Removed> {
  const gone: string[] = [];
  for (const key of keys.toReversed()) {
    if (
      !(await guardsHold(
        client,
        guards.filter((guard) => !gone.includes(guard.key)),
      ))
    )
      return gone.length === 0 ? "changed" : { keys: gone };
    const removed = await removeByScript(client, { guards: [], keys: [key] });
    if (removed !== "changed") gone.push(...removed.keys);
  }
  return { keys: gone };
}

async function guardsHold(client: RedisClient, guards: Removal["guards"]): Promise<boolean> {
  const values = await readStrings(
    client,
    guards.map(({ key }) => key),
  );
  return guards.every(({ value }, i) => isSame(values[i] ?? null, value));
}

function isSame(now: Buffer | null | "not-a-string", then: Buffer | null): boolean {
  return Buffer.isBuffer(now) && then !== null ? now.equals(then) : now === then;
}

async function unchanged(client: Redis, keys: readonly HeldKey[]): Promise<string[]> {
  const now = await Promise.all(
    keys.map(({ key, held }) =>
      "value" in held ? client.getBuffer(key).catch(() => null) : client.dumpBuffer(key),
    ),
  );
  return keys.flatMap(({ key, held }, i) => {
    const then = "value" in held ? held.value : held.dump;
    return now[i]?.equals(then) === true ? [key] : [];
  });
}

/** Removes what of these keys is cached, that is, expires by itself. Returns how many there were. */
export async function dropCaches(client: RedisClient, keys: readonly string[]): Promise<number> {
  let dropped = 0;
  for (let i = 0; i < keys.length; i += 500) {
    const some = keys.slice(i, i + 500);
    const [lives, types] = await Promise.all([readLives(client, some), readTypes(client, some)]);
    const cached = some.filter((_, at) => (lives[at] ?? -2) >= 0 && types[at] === "string");
    await unlinkAll(client, cached);
    dropped += cached.length;
  }
  return dropped;
}

function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
