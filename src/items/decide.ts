/** What is done with a request for an item. */
import type { ItemSettings } from "../config/items.ts";
import type { Instant } from "../fields.ts";
import type { ItemRecord } from "./record.ts";

type Rules = Pick<ItemSettings, "mode" | "freshForMs" | "maxAgeMs">;

export type ItemDecision =
  /** `refresh`: the source is asked behind the answer. `resting`: it failed a moment ago, and is left alone for now. */
  | {
      readonly serve: "stored";
      readonly record: ItemRecord;
      readonly refresh: boolean;
      readonly resting: boolean;
    }
  /** `standIn`: what is served when the source fails or is slow. */
  | { readonly serve: "asked"; readonly standIn: ItemRecord | undefined };

/** `resting`: whether the source failed so lately that it should not be asked while a stored value will do. */
export function decideItem(
  rules: Rules,
  record: ItemRecord | undefined,
  resting: boolean,
  now: Instant,
): ItemDecision {
  if (record === undefined || !mayServe(rules, record, now))
    return { serve: "asked", standIn: undefined };
  if (rules.mode === "source" && !resting) return { serve: "asked", standIn: record };
  const isFresh = rules.mode === "fresh" && freshnessLeft(rules, record, now) > 0;
  return {
    serve: "stored",
    record,
    refresh: !isFresh && !resting,
    resting: !isFresh && resting,
  };
}

/** Negative when the value is stale; where the source is asked for every answer it always is. */
export function freshnessLeft({ mode, freshForMs }: Rules, { goodAt }: ItemRecord, now: Instant) {
  return (mode === "fresh" ? freshForMs : 0) - ageOf(goodAt, now);
}

/** A clock that was set back makes nothing younger than new. */
export function ageOf(goodAt: Instant, now: Instant): number {
  return Math.max(0, now - goodAt);
}

function mayServe({ maxAgeMs }: Rules, { goodAt }: ItemRecord, now: Instant): boolean {
  return maxAgeMs === undefined || ageOf(goodAt, now) < maxAgeMs;
}
