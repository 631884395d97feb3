import { existsSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Agent, setGlobalDispatcher } from "undici";
import { type Paths, suiteOrigin } from "./origin.ts";
import type { CaseResult, SuiteCase } from "./verdict.ts";

const require = createRequire(import.meta.url);
const REQUEST_TIMEOUT_MS = 10_000;

/** A copy of the public suite of HTTP cache tests, loaded and ready to run. */
export interface Suite {
  /** The cases that concern a shared cache: those for browsers alone are left out. */
  readonly cases: readonly SuiteCase[];
  /** What the suite's origin answers. */
  readonly origin: RequestListener;
  /** Runs one case with real requests to `base`, the URL of the cache. */
  run(each: SuiteCase, base: string): Promise<CaseResult>;
}

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;
type RunCase = (each: SuiteCase) => Promise<void>;

interface ClientConfig {
  setBaseUrl(url: string): void;
  setFetch?(fetch: Fetch): void;
}

interface Client {
  readonly makeTest?: RunCase;
  readonly makeCacheTest?: RunCase;
  readonly testResults: Record<string, CaseResult>;
}

/**
 * Loads the suite from `directory`: the released package, or a checkout of its repository, which keeps its client and
 * server under `test-engine/`. Without a directory it is the installed package.
 */
export async function loadSuite(directory?: string): Promise<Suite> {
  const root = directory === undefined ? installedSuite() : resolve(directory);
  const checkout = existsSync(join(root, "test-engine"));
  const engine = checkout ? join(root, "test-engine") : root;
  const load = <T>(...path: string[]): Promise<T> => import(pathToFileURL(join(...path)).href);

  const groups = await load<{ default: { tests: SuiteCase[] }[] }>(root, "tests/index.mjs");
  const config = await load<ClientConfig>(engine, "client/config.mjs");
  const client = await load<Client>(engine, "client/test.mjs");
  const [answerTest, answerConfig, answerState] = await Promise.all(
    ["test", "config", "state"].map((name) =>
      load<{ default: Paths[string] }>(engine, `server/handle-${name}.mjs`),
    ),
  );
  if (!answerTest || !answerConfig || !answerState) throw new Error(`No suite in ${root}`);

  if (config.setFetch) config.setFetch(withTimeout(nodeFetchOf(root)));
  // The client of a checkout hooks this package's dispatcher into the built-in fetch.
  else setGlobalDispatcher(new Agent());

  return {
    cases: groups.default.flatMap((group) => group.tests).filter((each) => !each.browser_only),
    origin: suiteOrigin({
      test: answerTest.default,
      config: answerConfig.default,
      state: answerState.default,
    }),
    async run(each, base) {
      config.setBaseUrl(base);
      return runCase(client, each);
    },
  };
}

function installedSuite(): string {
  return dirname(require.resolve("http-cache-tests/package.json"));
}

/** The `fetch` that the released suite brings along. */
function nodeFetchOf(root: string): Fetch {
  return createRequire(join(root, "package.json"))("node-fetch") as Fetch;
}

function withTimeout(fetch: Fetch): Fetch {
  return (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
}

/** The client keeps its results for good and writes into the case, so a case is copied to run more than once. */
async function runCase(client: Client, each: SuiteCase): Promise<CaseResult> {
  const run = client.makeTest ?? client.makeCacheTest;
  if (!run) throw new Error("The suite's client runs no cases");
  delete client.testResults[each.id];
  await run(structuredClone(each));
  const result = client.testResults[each.id];
  if (result === undefined) throw new Error(`${each.id} left no result`);
  return result;
}
