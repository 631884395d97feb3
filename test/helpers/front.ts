/** The whole front in this process, on free ports, over a real Redis, in front of a real origin. Three actors: origin, cache, client. */
import { type IncomingHttpHeaders, request } from "node:http";
import { type Logger, pino } from "pino";
import { BUDGET_DEFAULTS, type BudgetSettings } from "../../src/config/budget.ts";
import type { Config } from "../../src/config/config.ts";
import type { FixedFreshness, Route } from "../../src/config/route.ts";
import { withoutFields } from "../../src/fields.ts";
import { createAskFor } from "../../src/http/ask-for.ts";
import { type BackOff, createBackOff } from "../../src/http/back-off.ts";
import { createRequestCounts, type RequestCounts } from "../../src/http/counts.ts";
import { startDataPlane } from "../../src/http/data-plane.ts";
import type { ServedRoute } from "../../src/http/routes.ts";
import { createRefreshQueue, type RefreshQueue } from "../../src/queues/refresh.ts";
import { connectForRequests, connectForWorkers } from "../../src/redis/connect.ts";
import type { Scope } from "../../src/service.ts";
import type { Source } from "../../src/sources/source.ts";
import { type CacheParts, openCache } from "../../src/stores.ts";
import { createRefreshWorker } from "../../src/workers/refresh.ts";
import { createRefreshEntry } from "../../src/workers/refresh-entry.ts";
import { createWarm } from "../../src/workers/warm.ts";
import { type Origin, startOrigin } from "./origin.ts";
import { startRedis, type TestRedis } from "./redis.ts";

type Close = Parameters<Scope["onClose"]>[1];

export type RouteOptions = Partial<Omit<Route, "freshness">> & {
  readonly freshness?: "origin" | Partial<FixedFreshness>;
};

export interface FrontOptions extends RouteOptions {
  /** Byte bound of the memory tier. */
  readonly memory?: number;
  /** A Redis to share between fronts; a private one when absent. */
  readonly redis?: TestRedis;
  readonly origin?: Origin;
  /** Whether refresh jobs are run. */
  readonly worker?: boolean;
  readonly routes?: readonly Route[];
  /** A queue role of its own; absent: that of the cache. */
  readonly queueRedis?: TestRedis;
  readonly budget?: Partial<BudgetSettings>;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  readonly cacheStatus: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Buffer;
}

export interface TestFront extends AsyncDisposable {
  readonly origin: Origin;
  readonly redis: TestRedis;
  readonly port: number;
  /** Moves the time by which freshness is judged; Redis keeps its own. */
  advance(ms: number): void;
  /** Bodies and fields exactly as they came. */
  ask(target: string, options?: AskOptions): Promise<Answered>;
  /** Log lines so far. */
  readonly lines: readonly Record<string, unknown>[];
  /** Where its jobs and purges are. */
  readonly queueTarget: { readonly kind: "url"; readonly url: string };
  /** Where refreshes are asked for. */
  readonly queue: RefreshQueue;
  /** For what stands beside the data plane. */
  readonly parts: CacheParts & {
    readonly backOff: BackOff;
    readonly counts: RequestCounts;
    readonly logger: Logger;
  };
}

/** A route of a test: everything below `/` of the origin, preset `api`, the origin's own freshness. */
export function testRoute(originUrl: string, options: RouteOptions = {}): Route {
  const { freshness = "origin", ...rest } = options;
  const fixed = {
    mode: "fixed",
    freshForMs: 30_000,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 0,
    perStatus: new Map(),
    jitter: 0,
  } as const;
  return {
    id: "test",
    path: "/*",
    source: {
      origin: originUrl,
      basePath: "",
      stripPrefix: "",
      timeouts: { connectMs: 1_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 30_000 },
    },
    preset: "api",
    freshness: freshness === "origin" ? { mode: "origin" } : { ...fixed, ...freshness },
    maxBody: 16 * 1024 * 1024,
    bypass: { query: [], methods: [], fields: [] },
    forward: ["accept", "accept-language", "accept-encoding", "authorization", "content-type"],
    key: { query: { mode: "all" }, fields: [] },
    encodedSlashes: "pass",
    perPrincipal: false,
    refreshAhead: 0,
    guards: { json: false, jsonPaths: [] },
    versions: 0,
    targetedCacheControl: true,
    clientCacheControl: options.preset === "transparent" ? "honour" : "ignore",
    compat: { xRedisCache: false },
    ...rest,
  };
}

export async function startFront(options: FrontOptions = {}): Promise<TestFront> {
  const {
    memory = 64 * 1024 * 1024,
    redis: givenRedis,
    origin: givenOrigin,
    worker = true,
    routes,
    queueRedis,
    budget = {},
    ...route
  } = options;
  const redis = givenRedis ?? (await startRedis());
  const origin = givenOrigin ?? (await startOrigin());
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { level: "info", base: null },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  const closers: Close[] = [];
  const scope: Scope = {
    onClose: (_, close) => closers.push(close),
    fail: (error) => {
      throw error;
    },
    signal: new AbortController().signal,
  };
  const config = {
    ...testConfig(routes ?? [testRoute(origin.url, route)], memory),
    budget: { ...BUDGET_DEFAULTS, ...budget },
  };
  let offset = 0;
  const clock = () => Date.now() + offset;
  const target = { kind: "url", url: (queueRedis ?? redis).url } as const;
  const start = { config, logger, scope, reload: async () => config };
  const targets = { queue: target, cache: { kind: "url", url: redis.url } } as const;
  const cache = await openCache(start, targets, clock);
  const tools = { ...cache.tools, now: clock };
  const served = cache.routes.map((one) => ({
    ...one,
    source: shifted(one.source, () => offset),
  }));
  const connection = connectForRequests(target, { role: "queue", budgetMs: 250, logger });
  closers.push(() => connection.disconnect());
  const queue = createRefreshQueue({ connection, logger, rememberMs: 0, backoffMs: 10 });
  closers.push(() => queue.close());
  if (worker) closers.push(startRefreshing(tools, served, target, logger));
  const backOff = createBackOff();
  const counts = createRequestCounts();
  const parts = { ...cache, tools, routes: served, backOff, counts, logger };
  const plane = await startDataPlane({
    ...parts,
    config,
    queue,
  });
  closers.push((signal) => plane.close(signal));
  return {
    origin,
    redis,
    port: plane.port,
    lines,
    parts,
    queueTarget: target,
    queue,
    advance: (ms) => {
      offset += ms;
    },
    ask: (path, more) => ask(plane.port, path, more),
    async [Symbol.asyncDispose]() {
      for (const close of closers.toReversed()) await close(AbortSignal.timeout(500));
      if (givenOrigin === undefined) await origin.stop();
      if (givenRedis === undefined) await redis.stop();
    },
  };
}

/** A source whose exchanges happen at the front's time. Its Date, which tells the real time, is dropped once the two differ. */
function shifted(source: Source, offset: () => number): Source {
  return {
    ...source,
    fetch: async (sent, options) => {
      const response = await source.fetch(sent, options);
      if (offset() === 0) return response;
      return {
        ...response,
        fields: withoutFields(response.fields, (name) => name === "date"),
        requestAt: response.requestAt + offset(),
        responseAt: response.responseAt + offset(),
      };
    },
  };
}

function startRefreshing(
  tools: Parameters<typeof createRefreshEntry>[0],
  served: readonly ServedRoute[],
  target: { readonly kind: "url"; readonly url: string },
  logger: Parameters<typeof createRefreshWorker>[0]["logger"],
): Close {
  const connection = connectForWorkers(target, { role: "queue", logger });
  const worker = createRefreshWorker({
    connection,
    concurrency: 4,
    refresh: createRefreshEntry(tools, new Map(served.map((one) => [one.route.id, one]))),
    warm: createWarm(tools, createAskFor(served)),
    logger,
  });
  return async (signal) => {
    await worker.close(signal);
    connection.disconnect();
  };
}

function testConfig(routes: readonly Route[], memory: number): Omit<Config, "budget"> {
  return {
    listen: { host: "127.0.0.1", port: 0 },
    control: { host: "127.0.0.1", port: 0 },
    dataDir: "unused",
    secretKeys: [],
    redis: {},
    cacheMaxMemory: 0,
    memoryMaxBytes: memory,
    storeBudgetMs: 2_000,
    log: { level: "info", hits: true },
    refresh: { concurrency: 4, attempts: 2, backoffMs: 10, inProcess: 4 },
    github: {
      apiUrl: "http://127.0.0.1:1",
      tokens: [],
      filesTtlMs: 60_000,
      starsTtlMs: 60_000,
      pullsAtATime: 5,
      repositoriesAtATime: 10,
    },
    report: { concurrency: 4, lanes: { concurrency: 1, waiting: 20 }, timeoutMs: 300_000 },
    jobs: { watchers: 1_000, watchersPerClient: 1_000, longestWaitMs: 30_000 },
    worker: {},
    egress: { allow: [] },
    drainMs: 1_000,
    routes,
  };
}

/** One request on a connection of its own. */
export function ask(
  port: number,
  path: string,
  { method = "GET", headers = {}, body }: AskOptions = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, path, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const whole = Buffer.concat(chunks);
          resolve({
            status: response.statusCode as number,
            headers: response.headers,
            rawHeaders: response.rawHeaders,
            body: whole,
            text: whole.toString(),
            cacheStatus: [response.headers["cache-status"] ?? ""].flat().join(", "),
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
