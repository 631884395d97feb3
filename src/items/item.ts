/** One item in one process: what it serves, how its source does, and one question to it at a time. */
import type { ItemSettings } from "../config/items.ts";
import type { Instant } from "../fields.ts";
import type { Logger } from "../logger.ts";
import type { Guard } from "../sources/guard.ts";
import type { JsonSource } from "../sources/json.ts";
import { createCheck } from "./check.ts";
import type { ItemIdentity, ItemRecord } from "./record.ts";
import { RenewError, type RenewFault, renewItem } from "./renew.ts";
import { fingerprintOf, openSource } from "./source.ts";
import type { ItemStore } from "./store.ts";

/** What came of asking a source, for those who count. */
export type ItemEvent = "renewed" | RenewFault;

export interface ItemTools {
  readonly store: ItemStore;
  readonly guard: Guard;
  readonly now: () => Instant;
  readonly logger: Logger;
  /** Called for every question to a source. */
  readonly onEvent?: (path: string, event: ItemEvent) => void;
}

const FIRST_REST_MS = 1_000;
const LONGEST_REST_MS = 60_000;

export class Item {
  readonly settings: ItemSettings;
  readonly #tools: ItemTools;
  readonly #identity: ItemIdentity;
  readonly #source: JsonSource;
  readonly #check: ReturnType<typeof createCheck>;
  readonly #stopping = new AbortController();
  #record: ItemRecord | undefined;
  #reading: Promise<ItemRecord | undefined> | undefined;
  #renewing: Promise<ItemRecord> | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #failures = 0;
  #restUntil = 0;
  #fault: RenewFault | undefined;

  constructor(settings: ItemSettings, tools: ItemTools) {
    this.settings = settings;
    this.#tools = tools;
    this.#identity = { path: settings.path, fingerprint: fingerprintOf(settings) };
    this.#source = openSource(settings, tools.guard);
    this.#check = createCheck(settings);
  }

  /** The newest value that this process knows of. */
  get record(): ItemRecord | undefined {
    return this.#record;
  }

  /** What the last question to the source failed with; undefined when it was answered. */
  get fault(): RenewFault | undefined {
    return this.#fault;
  }

  isResting(now: Instant): boolean {
    return now < this.#restUntil;
  }

  /** Looks for a newer value in the copies. */
  read(): Promise<ItemRecord | undefined> {
    this.#reading ??= this.#tools.store
      .read(this.#identity)
      .then((stored) => this.#take(stored))
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  /** Asks the source; whoever asks meanwhile gets the same answer. Rejects with `RenewError`. */
  renew(): Promise<ItemRecord> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** Resolves when what was renewed is written, as far as it can be. */
  written(): Promise<unknown> {
    return this.#writing;
  }

  /** Ends once a question that is under way has its answer; with `giveUp` without it. What was answered is written. */
  async close({ giveUp }: { readonly giveUp: boolean }): Promise<void> {
    if (giveUp) this.#stopping.abort();
    await this.#renewing?.catch(() => undefined);
    await this.#writing;
    await this.#source.close();
  }

  async #renew(): Promise<ItemRecord> {
    const { fields } = this.settings;
    const askedAt = this.#tools.now();
    const how = { source: this.#source, fields, check: this.#check };
    try {
      const record = await renewItem(how, askedAt, this.#stopping.signal);
      this.#succeeded();
      this.#writing = this.#tools.store.write(this.#identity, record);
      return this.#take(record) ?? record;
    } catch (thrown) {
      if (thrown instanceof RenewError) this.#failed(thrown);
      throw thrown;
    }
  }

  #take(record: ItemRecord | undefined): ItemRecord | undefined {
    if (record !== undefined && record.goodAt >= (this.#record?.goodAt ?? 0)) this.#record = record;
    return this.#record;
  }

  #succeeded(): void {
    const { path } = this.settings;
    if (this.#fault !== undefined) this.#tools.logger.info({ item: path }, "An item is good again");
    this.#fault = undefined;
    this.#failures = 0;
    this.#restUntil = 0;
    this.#tools.onEvent?.(path, "renewed");
  }

  #failed({ fault, message, retryAt = 0 }: RenewError): void {
    if (this.#stopping.signal.aborted) return;
    const { path } = this.settings;
    const { logger, now, onEvent } = this.#tools;
    if (fault !== this.#fault) tell(logger, path, fault, message);
    this.#fault = fault;
    this.#failures += 1;
    const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (this.#failures - 1));
    this.#restUntil = Math.max(now() + restMs, Math.min(retryAt, now() + LONGEST_REST_MS));
    onEvent?.(path, fault);
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
