/** `npm run bench [name …]`: all benchmarks, or those named. */
import { benchHit } from "./hit.ts";
import { benchJobs } from "./jobs.ts";
import { benchMiss } from "./miss.ts";
import { benchStampede } from "./stampede.ts";
import { benchValues } from "./values.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  hit: benchHit,
  jobs: benchJobs,
  miss: benchMiss,
  stampede: benchStampede,
  values: benchValues,
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
