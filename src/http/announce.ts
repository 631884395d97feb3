/** Invalidations that reach further than the keys that one request knows: they are made known to every process as purges. */

import type { PurgeLog } from "../cache/purge/log.ts";
import type { PurgeMarker, PurgeScope } from "../cache/purge/purge.ts";
import type { Route } from "../config/route.ts";
import { messageOf } from "../errors.ts";
import type { Instant } from "../fields.ts";
import type { Logger } from "../logger.ts";
import type { ServedRoute } from "./routes.ts";

/** What an unsafe request has made untrue. */
export interface Invalidation {
  readonly route: Route;
  /** As they are keyed. */
  readonly targets: readonly string[];
  /** Cache groups (RFC 9875), which span the routes of one source. */
  readonly groups: readonly string[];
}

/** Makes known what reaches other principals or other URLs. Never rejects: the answer leaves in any case. */
export type Announce = (invalidation: Invalidation, fence: number) => Promise<void>;

export interface AnnounceOptions {
  readonly purges: Pick<PurgeLog, "append">;
  readonly routes: readonly Pick<ServedRoute, "route">[];
  readonly now: () => Instant;
  readonly logger: Logger;
}

/** A response that names more than this is taken to mean all of its source. */
const MOST_SCOPES = 500;

export function createAnnounce({ purges, routes, now, logger }: AnnounceOptions): Announce {
  return async (invalidation, fence) => {
    const scopes = scopesOf(invalidation, routes);
    if (scopes.length === 0) return;
    const at = now();
    const markers = scopes.map((scope): PurgeMarker => ({ scope, fence, at, soft: false }));
    try {
      await purges.append({ markers });
    } catch (error) {
      const facts = { route: invalidation.route.id, reason: messageOf(error) };
      logger.warn(facts, "An invalidation reached only the keys of its own request");
    }
  };
}

function scopesOf(
  { route, targets, groups }: Invalidation,
  routes: AnnounceOptions["routes"],
): PurgeScope[] {
  const related = routes
    .filter((other) => other.route.source.origin === route.source.origin)
    .map((other) => other.route.id);
  const scopes: PurgeScope[] = groups.flatMap((tag) =>
    related.map((id) => ({ kind: "tag", tag, route: id }) as const),
  );
  if (route.perPrincipal) {
    for (const target of targets) scopes.push({ kind: "url", route: route.id, target });
  }
  return scopes.length > MOST_SCOPES
    ? related.map((id) => ({ kind: "route", route: id }) as const)
    : scopes;
}
