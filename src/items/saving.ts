import type { ItemRecord } from "./record.ts";

/** How much older than it is a value may count after a restart. */
const CONFIRM_MS = 1_000;

/** Writes values one at a time, always the newest. One that was only confirmed is not written more often than once a second. */
export class Saving {
  readonly #write: (record: ItemRecord) => Promise<void>;
  #next: ItemRecord | undefined;
  #last: ItemRecord | undefined;
  #writing: Promise<void> | undefined;

  constructor(write: (record: ItemRecord) => Promise<void>) {
    this.#write = write;
  }

  save(record: ItemRecord): void {
    const last = this.#last;
    const isKept = last?.body.equals(record.body) && record.goodAt - last.goodAt < CONFIRM_MS;
    if (isKept && this.#writing === undefined) return;
    this.#next = record;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when nothing is left to be written. */
  async done(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#next !== undefined) {
      const record = this.#next;
      this.#next = undefined;
      await this.#write(record);
      this.#last = record;
    }
  }
}
