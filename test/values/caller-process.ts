/**
 * A process that calls one wrapped function: `caller-process.ts <redis url> <namespace>`. Prints `ready`; for every line `<key> <callers>` it
 * calls so often at once, and prints how many calls the function saw and what the callers got.
 */
import { createInterface } from "node:readline";
import { createCache } from "../../src/values/index.ts";

const [redis = "", namespace = ""] = process.argv.slice(2);
const cache = createCache({ redis, namespace, storeBudget: 10, env: {} });
let calls = 0;
const slow = cache.wrap(
  async (key: string) => {
    calls++;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { key, by: process.pid };
  },
  { name: "slow" },
);

await cache.ready();
process.stdout.write("ready\n");

for await (const line of createInterface(process.stdin)) {
  const [key = "", callers] = line.split(" ");
  calls = 0;
  const got = await Promise.all(Array.from({ length: Number(callers) }, () => slow(key)));
  const makers = [...new Set(got.map(({ by }) => by))];
  process.stdout.write(`${JSON.stringify({ calls, answers: got.length, makers })}\n`);
}
