/** How the source of one item does: what the log tells of it, how long it is left alone, and what came of each question. */
import type { Instant } from "../fields.ts";
import type { Logger } from "../logger.ts";
import type { RenewError } from "./renew.ts";
import type { RenewFault, Trouble } from "./trouble.ts";

/** What came of asking a source. */
export type ItemEvent = "renewed" | RenewFault;

export type ItemCounts = Readonly<Partial<Record<ItemEvent, number>>>;

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

export class SourceHealth {
  readonly #item: string;
  readonly #logger: Logger;
  readonly #counts: Partial<Record<ItemEvent, number>> = {};
  #trouble: Trouble | undefined;
  /** The fault that the log tells of. */
  #told: RenewFault | undefined;
  #failures = 0;
  #restUntil = 0;
  #heldUntil = 0;

  constructor(item: string, logger: Logger) {
    this.#item = item;
    this.#logger = logger;
  }

  get counts(): ItemCounts {
    return { ...this.#counts };
  }

  /** What the last question failed with, in this process or another one; undefined when a value is newer. */
  faultSince(goodAt: Instant): RenewFault | undefined {
    return this.#trouble !== undefined && this.#trouble.at > goodAt
      ? this.#trouble.fault
      : undefined;
  }

  /** Whether it failed so lately that it should not be asked while a stored value will do. */
  isResting(now: Instant): boolean {
    return now < this.#restUntil;
  }

  /** How long it is left alone even by those who have no value: for a second after a failure, or for as long as it asked. In milliseconds. */
  heldFor(now: Instant): number {
    return Math.max(0, this.#heldUntil - now);
  }

  /** Takes over what another process has learnt. */
  heard(trouble: Trouble | undefined): void {
    if (trouble !== undefined && trouble.at > (this.#trouble?.at ?? 0)) this.#trouble = trouble;
  }

  succeeded(): void {
    if (this.#told !== undefined) this.#logger.info({ item: this.#item }, "An item is good again");
    this.#told = undefined;
    this.#trouble = undefined;
    this.#failures = 0;
    this.#restUntil = 0;
    this.#heldUntil = 0;
    this.#count("renewed");
  }

  /** Rests a second, twice as long after each further failure, a minute at most. Returns what the other processes should hear. */
  failed({ fault, message, retryAt = 0 }: RenewError, askedAt: Instant, now: Instant): Trouble {
    if (fault !== this.#told) tell(this.#logger, this.#item, fault, message);
    this.#told = fault;
    this.#failures += 1;
    const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (this.#failures - 1));
    const wantedUntil = Math.min(retryAt, now + LONGEST_REST_MS);
    this.#restUntil = Math.max(now + restMs, wantedUntil);
    this.#heldUntil = Math.max(now + FIRST_REST_MS, wantedUntil);
    this.#count(fault);
    this.#trouble = { fault, at: askedAt };
    return this.#trouble;
  }

  #count(event: ItemEvent): void {
    this.#counts[event] = (this.#counts[event] ?? 0) + 1;
  }
}

/** An outage ends by itself. Rejected credentials, and values that are refused, wait for somebody. */
function tell(logger: Logger, item: string, fault: RenewFault, reason: string): void {
  const facts = { item, fault, reason };
  if (fault === "rejected")
    logger.error(facts, "The source of an item rejects its credentials: replace them");
  else if (fault === "refused") logger.error(facts, "A value is refused; the last good one stays");
  else logger.warn(facts, "The source of an item fails");
}
