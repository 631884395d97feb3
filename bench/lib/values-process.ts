/**
 * One contender of the benchmark of values, in a process of its own: `values-process.ts <contender> <redis port>`. Answers each message with
 * what it measured: `hits`, so many reads of a few keys, so many at a time; `rush`, so many callers of one key that nobody has made yet.
 */
import { BentoCache, bentostore } from "bentocache";
import { memoryDriver } from "bentocache/drivers/memory";
import { redisDriver } from "bentocache/drivers/redis";
import { createCache } from "../../src/values/index.ts";

export type Contender =
  | "warmfront, memory"
  | "warmfront, memory, shared"
  | "bentocache, memory"
  | "warmfront, Redis"
  | "bentocache, Redis"
  | "warmfront, both tiers"
  | "bentocache, both tiers";

export type Task =
  | { readonly kind: "hits"; readonly count: number; readonly atOnce: number }
  | { readonly kind: "rush"; readonly key: string; readonly callers: number };

export interface Measured {
  /** CPU time of this process for one read, in microseconds. */
  readonly micros: number;
  readonly perSecond: number;
  /** Calls of the function. */
  readonly calls: number;
}

type Remember = (key: string, make: () => Promise<unknown>) => Promise<unknown>;

const KEYS = Array.from({ length: 500 }, (_, i) => `user:${i}`);
/** What an application might keep: a kilobyte of a row and its parts. */
const VALUE = {
  id: 4711,
  name: "Ada Lovelace",
  roles: ["admin", "author"],
  address: { street: "St James's Square", city: "London", zip: "SW1Y 4JH" },
  notes: Array.from({ length: 12 }, (_, i) => ({
    at: i * 1_000,
    text: `note ${i} of a few words`,
  })),
};

const [contender = "", port = ""] = process.argv.slice(2);
const remember = open(contender as Contender, Number(port));
let calls = 0;

process.on("message", async (task: Task) => {
  calls = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const count = task.kind === "hits" ? await hits(task) : await rush(task);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const measured: Measured = { micros: (user + system) / count, perSecond: count / seconds, calls };
  process.send?.(measured);
});
process.send?.("ready");

async function hits({ count, atOnce }: Extract<Task, { kind: "hits" }>): Promise<number> {
  const make = async () => {
    calls++;
    return VALUE;
  };
  for (let done = 0; done < count; done += atOnce) {
    const reads = Array.from({ length: atOnce }, (_, i) =>
      remember(KEYS[(done + i) % KEYS.length] as string, make),
    );
    await Promise.all(reads);
  }
  return count;
}

async function rush({ key, callers }: Extract<Task, { kind: "rush" }>): Promise<number> {
  const make = async () => {
    calls++;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return VALUE;
  };
  await Promise.all(Array.from({ length: callers }, () => remember(key, make)));
  return callers;
}

function open(name: Contender, redisPort: number): Remember {
  return name.startsWith("warmfront") ? openWarmfront(name, redisPort) : openBento(name, redisPort);
}

function openWarmfront(name: Contender, redisPort: number): Remember {
  const cache = createCache({
    redis: name.includes("memory") ? false : `redis://127.0.0.1:${redisPort}`,
    share: name.endsWith("shared"),
    ...(name.endsWith("Redis") && { memoryMaxBytes: 0 }),
    storeBudget: 5,
    ttl: "1h",
    env: {},
  });
  return (key, make) => cache.remember(key, make);
}

function openBento(name: Contender, redisPort: number): Remember {
  const store = bentostore();
  if (!name.endsWith("Redis")) store.useL1Layer(memoryDriver({ maxItems: 10_000 }));
  if (!name.endsWith("memory"))
    store.useL2Layer(redisDriver({ connection: { host: "127.0.0.1", port: redisPort } }));
  const cache = new BentoCache({ default: "one", stores: { one: store } });
  return (key, factory) => cache.getOrSet({ key, factory, ttl: "1h" });
}
