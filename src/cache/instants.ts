/** The instants that decide an entry's life (RFC 9111 §4.2, RFC 5861). */
import type { Route } from "../config/route.ts";
import type { Instant } from "../fields.ts";
import { bornAtOf } from "./age.ts";
import type { CacheEntry } from "./entry.ts";
import { lifetimes } from "./freshness.ts";
import type { ResponseHead } from "./message.ts";
import { forbidsStale, type ResponseDirectives } from "./response-directives.ts";
import { validatorOf } from "./validator.ts";

/** What is known of one exchange with a source. */
export interface Arrival {
  readonly route: Route;
  /** When the request was sent and when the head of the response arrived. */
  readonly requestAt: Instant;
  readonly responseAt: Instant;
  /** Order of this fetch among all fetches of the key. */
  readonly fence: number;
  /** 0 to 1, for the jitter of fixed lifetimes. */
  readonly random: number;
}

export type Instants = Pick<
  CacheEntry,
  "bornAt" | "staleAt" | "revalidateUntil" | "errorUntil" | "deleteAt"
>;

const DAY_MS = 86_400_000;
/** How long a stale response stays to be validated, or to stand in for a source that cannot be reached. */
const KEEP_STALE_MS = 7 * DAY_MS;
/** Nothing is kept, or fresh, for longer than this without being asked for again. */
const MAX_KEEP_MS = 366 * DAY_MS;

/** The instants of a response. Fixed lifetimes count from its arrival, the source's own from age zero. */
export function instantsOf(
  head: ResponseHead,
  directives: ResponseDirectives,
  arrival: Arrival,
): Instants {
  const { route, responseAt, random } = arrival;
  const bornAt = bornAtOf(head.fields, arrival);
  if (isWithdrawn(directives, route)) return overAtOnce(bornAt, responseAt);
  const known = lifetimes(head, route, responseAt, random);
  const latest = responseAt + MAX_KEEP_MS;
  const from = route.freshness.mode === "fixed" ? responseAt : bornAt;
  const staleAt = Math.min(known.freshMs === 0 ? bornAt : from + known.freshMs, latest);
  const revalidateUntil = Math.min(staleAt + known.staleWhileRevalidateMs, latest);
  const errorUntil = Math.min(staleAt + known.staleIfErrorMs, latest);
  const usefulUntil = Math.max(staleAt, revalidateUntil, errorUntil, responseAt);
  const keepMs = isUsefulWhenStale(head, directives, route) ? KEEP_STALE_MS : 0;
  const deleteAt = Math.min(usefulUntil + keepMs, latest);
  return { bornAt, staleAt, revalidateUntil, errorUntil, deleteAt };
}

/** For a response that may be sent once more but not be reused: stale, and gone when it is stored. */
export function overAtOnce(bornAt: Instant, responseAt: Instant): Instants {
  return {
    bornAt,
    staleAt: bornAt,
    revalidateUntil: bornAt,
    errorUntil: bornAt,
    deleteAt: responseAt,
  };
}

/** Whether the response forbids storing. That can be news: a 304 may say so of what is stored. */
function isWithdrawn(directives: ResponseDirectives, route: Route): boolean {
  if (directives.noStore && !directives.mustUnderstand.granted) return true;
  return directives.private && !route.perPrincipal;
}

function isUsefulWhenStale(
  head: ResponseHead,
  directives: ResponseDirectives,
  route: Route,
): boolean {
  if (validatorOf(head.fields) !== undefined) return true;
  return route.freshness.mode === "origin" && !forbidsStale(directives);
}
