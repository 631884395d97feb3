/** GitHub's API as one report uses it: within the limits, what has not changed for free, what was told a moment ago not asked again. */
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { retry } from "@octokit/plugin-retry";
import type { ZodType } from "zod";
import type { SourceBudget } from "../sources/budget.ts";
import { withConditions } from "./conditional.ts";
import type { Credential } from "./credentials.ts";
import { asGitHubError, GitHubError } from "./failure.ts";
import { fetchOver } from "./fetch.ts";
import type { Sender } from "./send.ts";
import type { GitHubStore } from "./store.ts";
import { createTransport, type Wait } from "./transport.ts";

/** Requests that GitHub counts, those it does not, and answers that were stored. */
export interface Cost {
  readonly requests: number;
  readonly unchanged: number;
  readonly stored: number;
}

/** Everything rejects with `GitHubError`, or with the reason of the signal. */
export interface GitHubClient {
  get<T>(route: string, parameters: Parameters, shape: ZodType<T>): Promise<T>;
  /** Page by page; `shape` is that of one page. */
  pages<T>(route: string, parameters: Parameters, shape: ZodType<T>): AsyncIterable<T>;
  graphql<T>(query: string, variables: Parameters, shape: ZodType<T>): Promise<T>;
  /** What `load` gives, or gave within `ttlMs`. */
  stored<T>(name: string, ttlMs: number, shape: ZodType<T>, load: () => Promise<T>): Promise<T>;
  cost(): Cost;
  /** GitHub tells less to those without a credential. */
  readonly anonymous: boolean;
}

type Parameters = Readonly<Record<string, unknown>>;

export interface ClientOptions {
  readonly apiUrl: string;
  readonly sender: Sender;
  readonly budget: SourceBudget;
  readonly store: GitHubStore;
  /** In the order of preference. */
  readonly credentials: readonly Credential[];
  /** Gives everything up. */
  readonly signal: AbortSignal;
  /** Longest that one question waits for its turn before it fails as limited. */
  readonly longestWaitMs: number;
  readonly onWait?: (wait: Wait) => void;
  /** Wait before a failed question is put again; grows with every further time. */
  readonly retryMs?: number;
}

const Kit = Octokit.plugin(paginateRest, retry);
const RETRIES = 3;
/** What asking again does not change, or the transport has seen to. */
const FINAL = [400, 401, 403, 404, 410, 422, 429, 451];
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

export function createClient(options: ClientOptions): GitHubClient {
  const { signal, store } = options;
  const cost = { requests: 0, unchanged: 0, stored: 0 };
  const kit = openKit(options, cost);
  const givenUp = rejectedBy(signal);
  const ours = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      // Octokit sits out its wait before the next try whatever the signal says.
      return await Promise.race([asked, givenUp]);
    } catch (thrown) {
      throw asGitHubError(thrown, signal);
    }
  };
  return {
    get: (route, parameters, shape) =>
      ours(kit.request(route, parameters).then(({ data }) => checked(shape, data))),
    async *pages(route, parameters, shape) {
      const pages = kit.paginate.iterator(route, parameters)[Symbol.asyncIterator]();
      for (;;) {
        const page = await ours(pages.next());
        if (page.done === true) return;
        yield checked(shape, page.value.data);
      }
    },
    graphql: (query, variables, shape) =>
      ours(kit.graphql(query, variables).then((data) => checked(shape, data))),
    async stored(name, ttlMs, shape, load) {
      const kept = shape.safeParse(await store.get(name));
      if (kept.success) {
        cost.stored++;
        return kept.data;
      }
      const value = await load();
      void store.set(name, value, ttlMs);
      return value;
    },
    anonymous: options.credentials.length === 0,
    cost: () => ({ ...cost, requests: cost.requests - cost.unchanged }),
  };
}

function openKit(options: ClientOptions, cost: { requests: number; unchanged: number }) {
  const transport = createTransport({ ...options, onRequest: () => cost.requests++ });
  const conditional = withConditions(transport, options.store, () => cost.unchanged++);
  return new Kit({
    baseUrl: options.apiUrl,
    userAgent: "warmfront",
    log: SILENT,
    request: { fetch: fetchOver(conditional), signal: options.signal },
    retry: { doNotRetry: FINAL, retries: RETRIES, retryAfterBaseValue: options.retryMs ?? 1_000 },
  });
}

function rejectedBy(signal: AbortSignal): Promise<never> {
  const rejected = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  rejected.catch(() => undefined);
  return rejected;
}

function checked<T>(shape: ZodType<T>, data: unknown): T {
  const read = shape.safeParse(data);
  if (read.success) return read.data;
  throw new GitHubError("unavailable", "GitHub's answer was not what it should be.");
}
