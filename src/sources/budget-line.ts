/** Those who wait here for their turn in one pool: the most urgent first, then in order. Only the first of them asks. */
import type { Instant } from "../fields.ts";
import { type BudgetDecision, PRIORITIES, type Priority } from "./budget-types.ts";

export type Wait = Extract<BudgetDecision, { outcome: "wait" }>;

interface Waiter {
  readonly level: number;
  readonly priority: Priority;
  readonly until: Instant;
  settle(decision: BudgetDecision): void;
}

export interface LineOptions {
  readonly ask: (priority: Priority) => Promise<BudgetDecision>;
  readonly now: () => Instant;
  /** Nobody waits any longer. */
  readonly emptied: () => void;
}

export class Line {
  /** What the first was told last. */
  held: Wait;
  readonly #waiters: Waiter[] = [];
  readonly #options: LineOptions;
  #wake: () => void = () => undefined;
  #isNews = false;
  #running = false;

  constructor(held: Wait, options: LineOptions) {
    this.held = held;
    this.#options = options;
  }

  get length(): number {
    return this.#waiters.length;
  }

  /** Whether one of this class would have to wait for others here. */
  isBefore(priority: Priority): boolean {
    const [first] = this.#waiters;
    return first !== undefined && first.level <= levelOf(priority);
  }

  /** Resolves when it is this one's turn, or with what it would have to wait for when that is after `until`. `held` is what it was told. */
  wait(
    held: Wait,
    priority: Priority,
    until: Instant,
    signal?: AbortSignal,
  ): Promise<BudgetDecision> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#remove(waiter);
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        ...{ level: levelOf(priority), priority, until },
        settle: (decision) => {
          signal?.removeEventListener("abort", leave);
          resolve(decision);
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      const place = this.#waiters.findIndex(({ level }) => level > waiter.level);
      this.#waiters.splice(place === -1 ? this.#waiters.length : place, 0, waiter);
      if (place === 0) {
        this.held = held;
        this.wake();
      }
      void this.#serve();
    });
  }

  /** Something has changed: the first asks again at once. */
  wake(): void {
    this.#isNews = true;
    this.#wake();
  }

  #remove(waiter: Waiter): void {
    const place = this.#waiters.indexOf(waiter);
    if (place !== -1) this.#waiters.splice(place, 1);
    if (this.#waiters.length === 0) this.wake();
  }

  async #serve(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (;;) {
      this.#dismiss();
      await this.#pause();
      const [first] = this.#waiters;
      if (first === undefined) break;
      const decision = await this.#options.ask(first.priority);
      if (decision.outcome === "wait") this.held = decision;
      else this.#give(decision);
    }
    this.#running = false;
    this.#options.emptied();
  }

  #give(decision: BudgetDecision): void {
    const next = this.#waiters.shift();
    if (next !== undefined) next.settle(decision);
    else if (decision.outcome === "granted") decision.done();
  }

  /** Those who cannot wait so long are told. */
  #dismiss(): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.until >= this.held.at) continue;
      this.#remove(waiter);
      waiter.settle(this.held);
    }
  }

  async #pause(): Promise<void> {
    const ms = Math.max(1, this.held.at - this.#options.now());
    const isOver = this.#isNews || this.#waiters.length === 0;
    this.#isNews = false;
    if (isOver) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
    this.#isNews = false;
  }
}

function levelOf(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
