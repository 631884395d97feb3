/** Sessions of signed-in visitors, in the durable role: they can be ended, and hold no secret that the store could read. */
import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { RedisClient } from "../redis/connect.ts";
import { sessionKey, sessionsOfKey, usedSignInKey } from "../redis/keys.ts";
import { readStored } from "../redis/stored-json.ts";
import type { Sealer } from "./seal.ts";

/** Who signed in, as GitHub tells it. */
export interface Visitor {
  /** Stays when the login changes. */
  readonly id: number;
  readonly login: string;
}

export interface Session {
  readonly visitor: Visitor;
  /** What forms of this session carry to prove that they are ours. */
  readonly csrf: string;
  /** When it ends whatever happens. */
  readonly endsAt: number;
  /** GitHub's token; undefined when the key that sealed it is gone. */
  readonly token: string | undefined;
}

export interface Sessions {
  /** Resolves with the new session's id, 256 random bits. */
  begin(visitor: Visitor, token: string): Promise<string>;
  /** Undefined when it has ended or never was. Looking keeps it from ending idle. Rejects while Redis is away. */
  find(id: string): Promise<Session | undefined>;
  end(id: string): Promise<void>;
  /** Ends all sessions of a visitor, on all devices. */
  endAll(visitorId: number): Promise<void>;
  /** Marks the state of a sign-in as used; resolves with false when it was before. */
  useOnce(state: string, lifeMs: number): Promise<boolean>;
}

export interface SessionsOptions {
  readonly client: RedisClient;
  readonly sealer: Sealer;
  /** Longest life of a session, and longest that it lives unused. */
  readonly lifeMs: number;
  readonly idleMs: number;
  readonly now?: () => number;
}

const stored = z.object({
  visitor: z.object({ id: z.int(), login: z.string() }),
  csrf: z.string(),
  endsAt: z.int(),
  token: z.base64(),
});

/** A session that is in use is written to at most this often. */
const TOUCH_MS = 60_000;

export function createSessions(options: SessionsOptions): Sessions {
  const { client, sealer, lifeMs, idleMs, now = Date.now } = options;
  const end = async (key: string) => void (await client.unlink(key));
  return {
    async begin(visitor, token) {
      const id = randomBytes(32).toString("base64url");
      const name = nameOf(id);
      const sealed = sealer.seal(Buffer.from(token), contextOf(name)).toString("base64");
      const csrf = randomBytes(32).toString("base64url");
      const record = { visitor, csrf, endsAt: now() + lifeMs, token: sealed };
      const lifetime = Math.min(idleMs, lifeMs);
      await client.set(sessionKey(name), JSON.stringify(record), "PX", lifetime);
      await remember(client, visitor.id, name, now(), record.endsAt);
      return id;
    },
    async find(id) {
      const name = nameOf(id);
      const text = await client.get(sessionKey(name));
      const record = readStored(stored, text);
      if (record === undefined || record.endsAt <= now()) return undefined;
      await touch(client, sessionKey(name), Math.min(idleMs, record.endsAt - now()));
      const token = sealer.open(Buffer.from(record.token, "base64"), contextOf(name));
      return { ...record, token: token?.toString() };
    },
    end: (id) => end(sessionKey(nameOf(id))),
    async endAll(visitorId) {
      const names = await client.zrange(sessionsOfKey(visitorId), "0", "-1");
      await Promise.all(names.map((name) => end(sessionKey(name))));
      await client.unlink(sessionsOfKey(visitorId));
    },
    useOnce: async (state, usedMs) =>
      (await client.set(usedSignInKey(state), "1", "PX", usedMs, "NX")) === "OK",
  };
}

/** Whoever reads the store learns no id. */
function nameOf(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}

function contextOf(name: string): string {
  return `session ${name}`;
}

/** Lists the session with those of its visitor, and drops those that are over by now. */
async function remember(
  client: RedisClient,
  visitorId: number,
  name: string,
  at: number,
  endsAt: number,
): Promise<void> {
  const key = sessionsOfKey(visitorId);
  await client.zremrangebyscore(key, "-inf", String(at));
  await client.zadd(key, endsAt, name);
  // Later sessions end later, so the list may go with the newest.
  await client.pexpireat(key, endsAt);
}

async function touch(client: RedisClient, key: string, lifetimeMs: number): Promise<void> {
  const left = await client.pttl(key);
  if (left >= 0 && left < lifetimeMs - TOUCH_MS) await client.pexpire(key, lifetimeMs);
}
