/** `npm run bench [name …]`: all benchmarks, or those named. */
import { benchHit } from "./hit.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { hit: benchHit };

const names = process.argv.slice(2);
for (const name of names.length === 0 ? Object.keys(BENCHES) : names) {
  const bench = BENCHES[name];
  if (bench === undefined)
    throw new Error(
      `No benchmark is called ${name}. There are: ${Object.keys(BENCHES).join(", ")}`,
    );
  await bench();
}
