/** `npm run bench [name …]`: all benchmarks, or those named. */
import { benchHit } from "./hit.ts";
import { benchMiss } from "./miss.ts";
import { benchStampede } from "./stampede.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  hit: benchHit,
  miss: benchMiss,
  stampede: benchStampede,
};

const names = process.argv.slice(2);
for (const name of names.length === 0 ? Object.keys(BENCHES) : names) {
  const bench = BENCHES[name];
  if (bench === undefined)
    throw new Error(
      `No benchmark is called ${name}. There are: ${Object.keys(BENCHES).join(", ")}`,
    );
  await bench();
}
