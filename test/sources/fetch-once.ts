/** Fetches `/` from each origin given as an argument, twice, and prints the bodies, a line each. */
import { createOrigin } from "../../src/sources/origin.ts";
import { ask, PATIENT, read } from "../helpers/source.ts";

for (const origin of process.argv.slice(2)) {
  const source = createOrigin({ origin, timeouts: PATIENT });
  for (const target of ["/1", "/2"])
    process.stdout.write(`${await read(await ask(source, { target }))}\n`);
  await source.close();
}
