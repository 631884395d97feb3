/** A source that is asked within its budget. */
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { SourceError } from "../errors.ts";
import { joinedValue } from "../fields.ts";
import type { BudgetDecision, SourceBudget } from "./budget-types.ts";
import { aborted, resting } from "./failure.ts";
import type { FetchOptions, Source, SourceRequest, SourceResponse } from "./source.ts";

type Granted = Extract<BudgetDecision, { outcome: "granted" }>;

/**
 * The same source, whose `fetch` rejects with fault `resting` when it is not to be asked now. A user waits `waitMs` for his turn; all others
 * come back when there is one.
 */
export function withBudget(source: Source, budget: SourceBudget, waitMs: number): Source {
  const pools = createPools();
  return {
    name: source.name,
    close: () => source.close(),
    async fetch(request, options) {
      const pool = pools.of(request);
      const granted = await turn(source.name, budget, pool, options, waitMs);
      const response = await ask(source, { budget, pool }, request, options, granted);
      pools.learn(request, response);
      const { status, fields, responseAt: at } = response;
      void budget.observe({ pool: pools.of(request), status, fields, at });
      if (response.body.closed) granted.done();
      else response.body.once("close", granted.done);
      return response;
    },
  };
}

async function turn(
  name: string,
  budget: SourceBudget,
  pool: string,
  { priority = "user", signal }: FetchOptions,
  waitMs: number,
): Promise<Granted> {
  const wait = priority === "user" ? { waitMs, signal } : {};
  const decision = await budget.acquire({ pool, priority, ...wait }).catch(() => {
    throw aborted(name);
  });
  if (decision.outcome === "granted") return decision;
  throw resting(name, decision);
}

async function ask(
  source: Source,
  { budget, pool }: { readonly budget: SourceBudget; readonly pool: string },
  request: SourceRequest,
  options: FetchOptions,
  granted: Granted,
): Promise<SourceResponse> {
  try {
    return await source.fetch(request, options);
  } catch (thrown) {
    granted.done();
    void budget.failed(isOfSource(thrown, request) ? thrown.fault : "aborted", pool);
    throw thrown;
  }
}

/** A client that takes too long to send its body says nothing of the source. */
function isOfSource(thrown: unknown, { body }: SourceRequest): thrown is SourceError {
  if (!(thrown instanceof SourceError)) return false;
  return thrown.fault !== "total-timeout" || body === undefined || body.readableEnded;
}

/** First parts of paths of which is known which resource they belong to. */
const MOST_PATHS = 100;
const RESOURCE = /^[a-z_]{1,40}$/;

/** Limits are kept apart by credential, and by the resource that GitHub names in its answers. */
function createPools() {
  const resources = new LRUCache<string, string>({ max: MOST_PATHS });
  return {
    of({ target, fields }: SourceRequest): string {
      const credential = joinedValue(fields, "authorization");
      const parts = [resources.get(firstPart(target)) ?? ""];
      if (credential !== undefined) parts.push(hash("sha256", credential).slice(0, 8));
      return parts.join(":");
    },
    learn({ target }: SourceRequest, { fields }: SourceResponse): void {
      const resource = joinedValue(fields, "x-ratelimit-resource");
      if (resource !== undefined && RESOURCE.test(resource))
        resources.set(firstPart(target), resource);
    },
  };
}

/** `/search/issues?q=…` is in `search`. */
function firstPart(target: string): string {
  return /^\/([^/?]{0,40})/.exec(target)?.[1] ?? "";
}
