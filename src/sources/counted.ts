/** A source whose requests are counted by what they came to. */
import { SourceError } from "../errors.ts";
import type { Source } from "./source.ts";

/** What was asked of one source. */
export interface SourceCount {
  /** Responses by class of their status: `2xx`. */
  readonly responses: Map<string, number>;
  /** Requests without a response, by fault. */
  readonly failures: Map<string, number>;
  /** From each request to the head of its response, in all, in milliseconds. */
  waitedMs: number;
}

/** By the name of the source. */
export type SourceCounts = Map<string, SourceCount>;

export function countSource(source: Source, counts: SourceCounts): Source {
  const { name } = source;
  const count = counts.get(name) ?? { responses: new Map(), failures: new Map(), waitedMs: 0 };
  counts.set(name, count);
  return {
    name,
    close: () => source.close(),
    async fetch(request, options) {
      const startedAt = performance.now();
      try {
        const response = await source.fetch(request, options);
        count.waitedMs += performance.now() - startedAt;
        add(count.responses, `${Math.floor(response.status / 100)}xx`);
        return response;
      } catch (thrown) {
        add(count.failures, thrown instanceof SourceError ? thrown.fault : "other");
        throw thrown;
      }
    },
  };
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
