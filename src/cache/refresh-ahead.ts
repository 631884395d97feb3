/** Refreshing before an entry becomes stale, as long as somebody asks for it. */
import type { Route } from "../config/route.ts";
import type { Instant } from "../fields.ts";
import type { CacheEntry } from "./entry.ts";

/** Whether a fresh entry has less of its life left than the route's share. Its life begins when it is stored. */
export function isDueAhead(
  { storedAt, staleAt }: Pick<CacheEntry, "storedAt" | "staleAt">,
  { refreshAhead }: Pick<Route, "refreshAhead">,
  now: Instant,
): boolean {
  return refreshAhead > 0 && staleAt - now < (staleAt - storedAt) * refreshAhead;
}

const lastLeft = new WeakMap<object, Instant>();
/** Between two hits on an entry that ask for its refresh. */
const PAUSE_MS = 1_000;

/** For the hot path: whether this hit should take the long way, which asks for the refresh. One a second and entry does. */
export function leavesForRefresh(entry: CacheEntry, route: Route, now: Instant): boolean {
  if (!isDueAhead(entry, route, now)) return false;
  const last = lastLeft.get(entry);
  if (last !== undefined && now < last + PAUSE_MS) return false;
  lastLeft.set(entry, now);
  return true;
}
