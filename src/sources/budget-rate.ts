/**
 * A configured rate, kept exactly: in any stretch of time of its length there are never more requests than its count. The time is cut into
 * slots, and a slot counts until the last instant of it is out of sight, so a twentieth of the rate at most goes unused.
 */
import type { SourceLimits } from "../config/budget.ts";
import type { Instant } from "../fields.ts";

export type Rate = NonNullable<SourceLimits["rate"]>;

/** Requests by slot. */
export type Slots = Readonly<Record<string, number>>;

/** Slots that the time of a rate is cut into. */
export const SLOTS = 20;

function slotAt(now: Instant, { perMs }: Rate): number {
  return Math.floor((now * SLOTS) / perMs);
}

/** The slots that still count. Those of a rate that was configured before lie far off. */
export function inSight(slots: Slots, rate: Rate, now: Instant): Slots {
  const current = slotAt(now, rate);
  return Object.fromEntries(
    Object.entries(slots).filter(([slot]) => Math.abs(Number(slot) - current) <= SLOTS),
  );
}

/** Requests in all slots together. */
export function usedOf(slots: Slots): number {
  return Object.values(slots).reduce((sum, count) => sum + count, 0);
}

/** The slots once one more request was made now. */
export function withOne(slots: Slots, rate: Rate, now: Instant): Slots {
  const slot = String(slotAt(now, rate));
  return { ...slots, [slot]: (slots[slot] ?? 0) + 1 };
}

/** When so many slots have gone out of sight that fewer than `most` requests are left. All of them are in sight now. */
export function freeAt(slots: Slots, rate: Rate, most: number, now: Instant): Instant {
  let left = usedOf(slots);
  const ascending = Object.keys(slots)
    .map(Number)
    .toSorted((a, b) => a - b);
  for (const slot of ascending) {
    left -= slots[slot] as number;
    if (left < most) return Math.ceil(((slot + SLOTS + 1) * rate.perMs) / SLOTS);
  }
  return now;
}
