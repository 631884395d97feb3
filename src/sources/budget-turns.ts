/** Waiting for one's turn, and being told when to come back. */
import type { SourceLimits } from "../config/budget.ts";
import type { Instant } from "../fields.ts";
import { Line, type Wait } from "./budget-line.ts";
import type { AcquireRequest, BudgetDecision, Priority } from "./budget-types.ts";

export interface Turns {
  acquire(request: AcquireRequest): Promise<BudgetDecision>;
  /** Something has changed that those who wait may gain from. */
  wake(): void;
}

/** Those who wait here, in all pools together. */
const MOST_WAITING = 1_000;

/** `ask` tells whether it is somebody's turn right now; it never rejects. */
export function createTurns(
  ask: (pool: string, priority: Priority) => Promise<BudgetDecision>,
  limits: SourceLimits,
  now: () => Instant,
): Turns {
  const lines = new Map<string, Line>();
  const queued = createQueued(limits, now);
  const waiting = () => [...lines.values()].reduce((sum, { length }) => sum + length, 0);
  const lineOf = (pool: string, held: Wait) => {
    const emptied = () => void lines.delete(pool);
    const asking = (priority: Priority) => ask(pool, priority);
    const line = lines.get(pool) ?? new Line(held, { ask: asking, now, emptied });
    lines.set(pool, line);
    return line;
  };
  return {
    async acquire({ pool = "", priority, waitMs = 0, signal }) {
      signal?.throwIfAborted();
      const line = lines.get(pool);
      const first = line?.isBefore(priority) ? line.held : await ask(pool, priority);
      if (first.outcome !== "wait") return first;
      if (waitMs === 0) return queued(first, priority);
      const until = now() + waitMs;
      if (first.at > until) return first;
      signal?.throwIfAborted();
      if (waiting() >= MOST_WAITING) return { outcome: "refused", reason: "crowded" };
      return lineOf(pool, first).wait(first, priority, until, signal);
    },
    wake() {
      for (const line of lines.values()) line.wake();
    },
  };
}

/** Longest that a job is told to wait for those who were told to wait before it. */
const LONGEST_QUEUE_MS = 600_000;

/** Jobs that are told to wait do not come back all at once: each is told a turn of its own. */
function createQueued({ rate }: SourceLimits, now: () => Instant) {
  let last = 0;
  return (held: Wait, priority: Priority): Wait => {
    if (rate === undefined || priority === "user") return held;
    last = Math.min(last + rate.perMs / rate.count, now() + LONGEST_QUEUE_MS);
    last = Math.max(held.at, last);
    return { ...held, at: Math.ceil(last) };
  };
}
