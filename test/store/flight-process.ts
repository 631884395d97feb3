/**
 * A process with a store and flights of its own: `flight-process.ts <socket> <lifeMs>`. Prints `ready`, then one JSON line per command:
 * `rush <key> <callers>`: so many callers ask for a key at once, the way a front does; `lead <key>`: begins and says its role, then
 * `write <key> <value>` stores under that fence and `end <key>` ends it.
 */
import { createInterface } from "node:readline";
import type { Flight } from "../../src/store/flight.ts";
import { openWorld } from "./world.ts";

const [socket = "", lifeMs] = process.argv.slice(2);
const HOUR = { ttlMs: 3_600_000 };
const { store, flights } = await openWorld({ socket }, { lifeMs: Number(lifeMs) });
const begun = new Map<string, Flight>();

const say = (said: unknown) => process.stdout.write(`${JSON.stringify(said)}\n`);
say("ready");

for await (const line of createInterface(process.stdin)) {
  const [command = "", key = "", more = ""] = line.split(" ");
  if (command === "rush") void rush(key, Number(more)).then(say);
  if (command === "lead") say(await lead(key));
  if (command === "write") say(await write(key, more));
  if (command === "end") say(await end(key));
}

async function lead(key: string) {
  const flight = await flights.begin(key);
  begun.set(key, flight);
  return { role: flight.role, fence: flight.fence };
}

/** A connection may have been given up during a freeze: tries until Redis says something. */
async function write(key: string, value: string) {
  const { fence } = begun.get(key) as Flight;
  for (;;) {
    const result = await store.write(key, value, { fence, ...HOUR });
    if (result !== "failed") return result;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function end(key: string) {
  const flight = begun.get(key);
  if (flight?.role === "lead") await flight.end("stored");
  return "ended";
}

async function rush(key: string, callers: number) {
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const caller = async () => {
    if ((await store.read(key)).state === "found") return count("hit");
    const flight = await flights.begin(key);
    count(flight.role);
    if (flight.role === "lead") {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await store.write(key, `by ${process.pid}`, { fence: flight.fence, ...HOUR });
      await flight.end("stored");
    }
    if (flight.role === "follow") count(await flight.settled(20_000));
    if ((await store.read(key)).state === "found") count("found");
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return counts;
}
