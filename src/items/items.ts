/** The items of a process: the newest value that was ever good, whatever their sources do. */
import { isDeepStrictEqual } from "node:util";
import type { ItemSettings } from "../config/items.ts";
import type { Instant } from "../fields.ts";
import type { Flights } from "../store/flight.ts";
import { decideItem, freshnessLeft } from "./decide.ts";
import { createFindItem, type FindItem } from "./find.ts";
import { Item, type ItemFacts, type ItemTools } from "./item.ts";
import type { ItemRecord } from "./record.ts";
import { RenewError } from "./renew.ts";
import type { RenewFault } from "./trouble.ts";

export type { ItemFacts } from "./item.ts";

/** What an answer is made of. `failed`: there is no value that may be served. */
export type ServedItem =
  | {
      readonly outcome: "stored" | "fetched";
      readonly record: ItemRecord;
      /** What is left of its freshness; negative when it is stale. */
      readonly ttlMs: number;
      /** Whether somebody should refresh it behind the answer. */
      readonly refresh: boolean;
      /** Why a stale value is served. */
      readonly because?: RenewFault | "slow";
      /** There was an older value, for `fetched`. */
      readonly replaced: boolean;
    }
  | {
      readonly outcome: "failed";
      readonly fault: RenewFault;
      /** How long it makes no sense to ask again. */
      readonly retryMs: number;
    };

export interface Items {
  settingsOf(path: string): ItemSettings | undefined;
  /** How each item is, as far as this process knows. */
  facts(): readonly ItemFacts[];
  /** The same, once each has looked for what other processes know. */
  look(): Promise<readonly ItemFacts[]>;
  /** `path` is that of an item. */
  serve(path: string): Promise<ServedItem>;
  /** Asks the source and stores what it says. Rejects with `RenewError`. False when there is no such item any more. */
  refresh(path: string): Promise<boolean>;
  /** Takes over other settings; items that stay as they are keep what they know. */
  replace(settings: readonly ItemSettings[]): void;
  /** Gives up questions that are under way; what was answered is still written. */
  close(): Promise<void>;
}

export interface ItemsTools extends ItemTools {
  readonly flights: Flights;
}

export function createItems(settings: readonly ItemSettings[], tools: ItemsTools): Items {
  const find = createFindItem(tools.flights);
  let items = new Map(settings.map((each) => [each.path, new Item(each, tools)]));
  const replaced = new Set<Promise<void>>();
  return {
    settingsOf: (path) => items.get(path)?.settings,
    facts: () => [...items.values()].map((item) => item.facts),
    look: () =>
      Promise.all(
        [...items.values()].map(async (item) => {
          await item.read();
          return item.facts;
        }),
      ),
    serve: (path) => serveItem(items.get(path) as Item, find, tools.now),
    async refresh(path) {
      const item = items.get(path);
      await item?.renew();
      await item?.written();
      return item !== undefined;
    },
    replace(wanted) {
      const before = items;
      items = new Map(
        wanted.map((each) => {
          const known = before.get(each.path);
          const stays = known !== undefined && isDeepStrictEqual(known.settings, each);
          return [each.path, stays ? known : new Item(each, tools)];
        }),
      );
      for (const [path, item] of before) {
        if (items.get(path) === item) continue;
        const closing = item.close({ giveUp: false }).finally(() => replaced.delete(closing));
        replaced.add(closing);
      }
    },
    async close() {
      await Promise.all([...items.values()].map((item) => item.close({ giveUp: true })));
      await Promise.all(replaced);
    },
  };
}

async function serveItem(item: Item, find: FindItem, now: () => Instant): Promise<ServedItem> {
  const { settings } = item;
  const known = item.record;
  const suffices = known !== undefined && isCurrent(item, known, now());
  const record = suffices ? known : await item.read();
  const at = now();
  const decision = decideItem(settings, record, item.isResting(at), at);
  if (decision.serve === "asked") {
    const retryMs = decision.standIn === undefined ? item.heldFor(at) : 0;
    if (retryMs > 0) return { outcome: "failed", fault: item.fault as RenewFault, retryMs };
    return askSource(item, find, decision.standIn, now);
  }
  const { refresh, resting } = decision;
  const because = refresh || resting ? item.fault : undefined;
  return stored(item, decision.record, now(), refresh, because);
}

/** Whether no newer value is worth looking for: it is fresh, or only stands in for what the source is about to say. */
function isCurrent(item: Item, record: ItemRecord, now: Instant): boolean {
  if (item.settings.mode === "source") return !item.isResting(now);
  return freshnessLeft(item.settings, record, now) > 0;
}

async function askSource(
  item: Item,
  find: FindItem,
  standIn: ItemRecord | undefined,
  now: () => Instant,
): Promise<ServedItem> {
  const replaced = item.record !== undefined;
  const asks = standIn === undefined && item.settings.mode === "fresh" ? find(item) : item.renew();
  const asking = asks.catch(asFault);
  const answer = await (standIn === undefined
    ? asking
    : within(item.settings.softTimeoutMs, asking));
  if (typeof answer !== "string") {
    const ttlMs = Math.max(0, freshnessLeft(item.settings, answer, now()));
    return { outcome: "fetched", record: answer, ttlMs, refresh: false, replaced };
  }
  if (standIn !== undefined) {
    const newest = (await item.read()) ?? standIn;
    return stored(item, newest, now(), false, answer);
  }
  // Without a stand-in nothing was too slow.
  return { outcome: "failed", fault: answer as RenewFault, retryMs: item.heldFor(now()) };
}

function stored(
  { settings }: Item,
  record: ItemRecord,
  now: Instant,
  refresh: boolean,
  because: RenewFault | "slow" | undefined,
): ServedItem {
  const ttlMs = freshnessLeft(settings, record, now);
  const why = because === undefined ? {} : { because };
  return { outcome: "stored", record, ttlMs, refresh, replaced: false, ...why };
}

/** A fault of the source stands for no answer; one of ours is told. */
function asFault(thrown: unknown): RenewFault {
  if (thrown instanceof RenewError) return thrown.fault;
  throw thrown;
}

function within<T>(ms: number, promise: Promise<T>): Promise<T | "slow"> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve("slow"), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
