import { once } from "node:events";
import { parseArgs } from "node:util";
import { startOrigin } from "./origin.ts";
import { report } from "./report.ts";
import { runConformance } from "./runner.ts";
import { loadSuite } from "./suite.ts";

const USAGE = `Measures an HTTP cache with the public suite of HTTP cache tests.

  npx tsx test/conformance/run.ts --base URL --server-port PORT [--only id,id] [--suite DIR]
  npx tsx test/conformance/run.ts --server-only --server-port PORT [--suite DIR]

  --base URL          the cache to measure
  --server-port PORT  start the suite's origin, the upstream of that cache, on this port of 127.0.0.1;
                      without it the origin must be running already
  --server-only       run the origin until interrupted
  --only id,id        run these cases only
  --suite DIR         another copy of the suite than the installed one

Exits with 1 when a required case does not pass.
`;

const { values: options } = parseArgs({
  options: {
    base: { type: "string" },
    only: { type: "string" },
    suite: { type: "string" },
    "server-port": { type: "string" },
    "server-only": { type: "boolean", default: false },
  },
});

const suite = await loadSuite(options.suite);
const port = options["server-port"];
const origin = port === undefined ? undefined : await startOrigin(suite.origin, Number(port));
try {
  if (options["server-only"] && origin) await serve(origin.url);
  else if (options.base) await measure(options.base, options.only?.split(","));
  else fail();
} finally {
  await origin?.close();
}
// Connections that a cache keeps open must not keep this process alive.
process.exit();

async function serve(url: string): Promise<void> {
  process.stdout.write(`The suite's origin listens on ${url}\n`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}

async function measure(base: string, only?: readonly string[]): Promise<void> {
  const verdicts = await runConformance(suite, base, only);
  process.stdout.write(`${report(verdicts)}\n`);
  const flawed = verdicts.some(({ kind, outcome }) => kind === "required" && outcome !== "pass");
  process.exitCode = flawed ? 1 : 0;
}

function fail(): void {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}
