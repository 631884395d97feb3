/** Two fronts before one source: what is asked of both shows whether the store ever answers with what was made for another request. */
import type { RequestListener } from "node:http";
import { type RouteOptions, startFront, type TestFront } from "../helpers/front.ts";
import { startOrigin } from "../helpers/origin.ts";
import { startRedis } from "../helpers/redis.ts";

export interface Twins extends AsyncDisposable {
  /** Stores what it can. */
  readonly storing: TestFront;
  /** Asks the source for every request. */
  readonly asking: TestFront;
}

/** Both with the same route; the source repeats everything that it is asked. */
export async function startTwins(options: RouteOptions = {}): Promise<Twins> {
  const origin = await startOrigin();
  origin.on(reflecting());
  const redis = await startRedis();
  const storing = await startFront({ ...options, origin, redis });
  const bypass = { query: [], methods: ["GET"], fields: [] };
  const asking = await startFront({ ...options, bypass, origin, redis });
  return {
    storing,
    asking,
    async [Symbol.asyncDispose]() {
      await storing[Symbol.asyncDispose]();
      await asking[Symbol.asyncDispose]();
      await origin.stop();
      await redis.stop();
    },
  };
}

/** Answers with the whole request as it came, and lets everybody store that. */
export function reflecting(vary?: string): RequestListener {
  return (req, res) => {
    const body = JSON.stringify([req.method, req.url, req.rawHeaders]);
    const caching = { "Cache-Control": "public, max-age=60", ...(vary && { Vary: vary }) };
    const length = { "Content-Length": Buffer.byteLength(body) };
    res.writeHead(200, { ...caching, ...length, "X-Echo": body }).end(body);
  };
}
