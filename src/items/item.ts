/** One item in one process: the newest value that it knows of, and one question to its source at a time. */
import type { ItemSettings } from "../config/items.ts";
import type { Instant } from "../fields.ts";
import type { Logger } from "../logger.ts";
import type { Guard } from "../sources/guard.ts";
import type { JsonSource } from "../sources/json.ts";
import { createCheck } from "./check.ts";
import type { ItemIdentity, ItemRecord } from "./record.ts";
import { RenewError, renewItem } from "./renew.ts";
import { Saving } from "./saving.ts";
import { fingerprintOf, openSource } from "./source.ts";
import { type ItemCounts, SourceHealth } from "./source-health.ts";
import type { ItemStore } from "./store.ts";
import type { RenewFault } from "./trouble.ts";

export interface ItemTools {
  readonly store: ItemStore;
  readonly guard: Guard;
  readonly now: () => Instant;
  readonly logger: Logger;
}

/** How an item is, for those who watch it. */
export interface ItemFacts {
  readonly path: string;
  /** Host and port of its source. */
  readonly source: string;
  /** When its value was good; absent: there is none. */
  readonly goodAt?: Instant;
  /** What the last question to its source failed with, unless the value is newer. */
  readonly fault?: RenewFault;
  /** What came of the questions that this process asked. */
  readonly counts: ItemCounts;
}

export class Item {
  readonly settings: ItemSettings;
  readonly #tools: ItemTools;
  readonly #identity: ItemIdentity;
  readonly #source: JsonSource;
  readonly #check: ReturnType<typeof createCheck>;
  readonly #health: SourceHealth;
  readonly #stopping = new AbortController();
  #record: ItemRecord | undefined;
  #reading: Promise<ItemRecord | undefined> | undefined;
  #renewing: Promise<ItemRecord> | undefined;
  readonly #saving: Saving;
  #telling: Promise<void> | undefined;

  constructor(settings: ItemSettings, tools: ItemTools) {
    this.settings = settings;
    this.#tools = tools;
    this.#identity = { path: settings.path, fingerprint: fingerprintOf(settings) };
    this.#source = openSource(settings, tools.guard);
    this.#check = createCheck(settings);
    this.#saving = new Saving((record) => tools.store.write(this.#identity, record));
    this.#health = new SourceHealth(settings.path, tools.logger);
  }

  /** What its stored values are of. */
  get fingerprint(): string {
    return this.#identity.fingerprint;
  }

  /** The newest value that this process knows of. */
  get record(): ItemRecord | undefined {
    return this.#record;
  }

  /** What the last question to the source failed with, unless the value is newer. */
  get fault(): RenewFault | undefined {
    return this.#health.faultSince(this.#record?.goodAt ?? 0);
  }

  get facts(): ItemFacts {
    const { fault } = this;
    const goodAt = this.#record?.goodAt;
    return {
      path: this.settings.path,
      source: this.#source.name,
      ...(goodAt !== undefined && { goodAt }),
      ...(fault !== undefined && { fault }),
      counts: this.#health.counts,
    };
  }

  isResting(now: Instant): boolean {
    return this.#health.isResting(now);
  }

  /** How long the source is left alone even by those who have no value, in milliseconds. */
  heldFor(now: Instant): number {
    return this.fault === undefined ? 0 : this.#health.heldFor(now);
  }

  /** Looks for what other processes know: a newer value, or how their questions failed. */
  read(): Promise<ItemRecord | undefined> {
    this.#reading ??= this.#read().finally(() => {
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

  /** Resolves when what was learnt last is written, as far as it can be. */
  async written(): Promise<void> {
    await this.#saving.done();
    await this.#telling;
  }

  /** Ends once a question that is under way has its answer; with `giveUp` without it. What was answered is written. */
  async close({ giveUp }: { readonly giveUp: boolean }): Promise<void> {
    if (giveUp) this.#stopping.abort();
    await this.#renewing?.catch(() => undefined);
    await this.written();
    await this.#source.close();
  }

  async #read(): Promise<ItemRecord | undefined> {
    const { store } = this.#tools;
    const [record, trouble] = await Promise.all([
      store.read(this.#identity),
      store.readTrouble(this.#identity),
    ]);
    this.#health.heard(trouble);
    return this.#take(record);
  }

  async #renew(): Promise<ItemRecord> {
    const { store, now } = this.#tools;
    const { fields } = this.settings;
    const askedAt = now();
    const how = { source: this.#source, fields, check: this.#check };
    try {
      const record = await renewItem(how, askedAt, this.#stopping.signal);
      this.#health.succeeded();
      this.#saving.save(record);
      return this.#take(record) ?? record;
    } catch (thrown) {
      if (thrown instanceof RenewError && !this.#stopping.signal.aborted)
        this.#telling = store.writeTrouble(
          this.#identity,
          this.#health.failed(thrown, askedAt, now()),
        );
      throw thrown;
    }
  }

  #take(record: ItemRecord | undefined): ItemRecord | undefined {
    if (record !== undefined && record.goodAt >= (this.#record?.goodAt ?? 0)) this.#record = record;
    return this.#record;
  }
}
