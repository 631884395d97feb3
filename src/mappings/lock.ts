/** One run at a time on one pages Redis, whoever starts it: schedule, cron or a person. */
import { randomBytes } from "node:crypto";
import type { RedisClient } from "../redis/connect.ts";
import type { Removal } from "./removal.ts";
import type { Remover } from "./remove.ts";
import { RunBusy, RunStopped } from "./summary.ts";

/** The one key that we ever write to the pages Redis beside an undo. It ends by itself. */
export const LOCK_KEY = "warmfront:reap:lock";

const LIFE_MS = 60_000;
const RENEW_MS = 15_000;

interface RunLock {
  /** A removal with this guard fails once the lock is somebody else's. */
  readonly guard: Removal["guards"][number];
  /** Aborts when the lock could not be held. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Works while nobody else does. `guard` makes removals fail once the lock is lost, and the signal aborts then, or with the run's own.
 * Rejects with `RunBusy` while another run holds the lock, and with `RunStopped` when this one has lost it.
 */
export async function holdLock<T>(
  client: RedisClient,
  run: { readonly id: string; readonly remover: Remover; readonly signal: AbortSignal },
  work: (guard: RunLock["guard"], signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lock = await takeLock(client, run.remover, run.id);
  if (lock === undefined) {
    const holder = (await client.get(LOCK_KEY))?.split(" ")[0];
    throw new RunBusy(`Run ${holder ?? "of somebody else"} is under way on this pages Redis.`);
  }
  try {
    return await work(lock.guard, AbortSignal.any([run.signal, lock.lost]));
  } catch (thrown) {
    throw lock.lost.aborted ? new RunStopped("The lock of this run was lost.") : thrown;
  } finally {
    await lock.release();
  }
}

async function takeLock(
  client: RedisClient,
  remover: Remover,
  run: string,
): Promise<RunLock | undefined> {
  const token = Buffer.from(`${run} ${randomBytes(9).toString("base64url")}`);
  if ((await client.set(LOCK_KEY, token, "PX", LIFE_MS, "NX")) === null) return undefined;
  const lost = new AbortController();
  let heldUntil = performance.now() + LIFE_MS;
  const renew = async () => {
    const askedAt = performance.now();
    try {
      if (!(await client.getBuffer(LOCK_KEY))?.equals(token)) return lost.abort();
      await client.pexpire(LOCK_KEY, LIFE_MS);
      heldUntil = askedAt + LIFE_MS;
    } catch {
      // Redis may be back before the lock ends.
      if (performance.now() > heldUntil - RENEW_MS) lost.abort();
    }
  };
  const timer = setInterval(() => void renew(), RENEW_MS);
  return {
    guard: { key: LOCK_KEY, value: token },
    lost: lost.signal,
    async release() {
      clearInterval(timer);
      const keys = [{ key: LOCK_KEY, held: { value: token } }];
      await remover.remove({ guards: [], keys }).catch(ignore);
    },
  };
}

/** It ends by itself. */
function ignore(): void {}
