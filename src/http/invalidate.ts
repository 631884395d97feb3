/** What a successful unsafe request makes untrue (RFC 9111 §4.4, RFC 9875 §3). */
import { invalidatedGroups, invalidatedTargets } from "../cache/invalidation.ts";
import { primaryKey, principalPartition } from "../cache/key.ts";
import type { ResponseHead } from "../cache/message.ts";
import { tombstone } from "../cache/record.ts";
import { ruledTarget } from "../cache/target.ts";
import type { Asked } from "./request.ts";
import type { ExchangeTools } from "./transaction.ts";

/** How long a fetch that began before the invalidation is kept from storing what it brings. */
const TOMBSTONE_MS = 900_000;

/** Invalidates before the answer leaves, so that the client's next request sees its own change. */
export async function invalidateAfter(
  tools: ExchangeTools,
  asked: Asked,
  head: ResponseHead,
): Promise<void> {
  const { route } = asked.served;
  const named = invalidatedTargets(asked.client, head, route);
  if (named.length === 0) return;
  const targets = named.map((target) => ruledTarget(target, route.key.query));
  const groups = invalidatedGroups(asked.client, head);
  const { fence } = await tools.flights.alone();
  const deleteAt = tools.now() + TOMBSTONE_MS;
  await Promise.all([
    tools.announce({ route, targets, groups }, fence),
    ...keysOf(asked, targets).map((key) =>
      tools.store.write(key, tombstone(fence, deleteAt), { fence, ttlMs: TOMBSTONE_MS }),
    ),
  ]);
}

/** The public answers and those of the principal who made the change. Those of other principals are announced as gone. */
function keysOf(asked: Asked, targets: readonly string[]): string[] {
  const { route, scope } = asked.served;
  const partitions = new Set(["", principalPartition(route, asked.client.fields)]);
  if (route.preset === "api" && !route.perPrincipal) partitions.add("a");
  return targets.flatMap((target) =>
    [...partitions].map((partition) => primaryKey(scope, target, partition)),
  );
}
