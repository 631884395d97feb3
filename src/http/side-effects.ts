/** What a response that is passed on means for the store: a HEAD tells of the stored GET, a POST may bring one. */
import { type Collector, createCollector } from "../cache/collector.ts";
import { storablePost } from "../cache/invalidation.ts";
import type { Found } from "../cache/lookup.ts";
import type { ResponseHead } from "../cache/message.ts";
import { newEntry } from "../cache/new-entry.ts";
import { saveEntry } from "../cache/save.ts";
import { refusalToStore } from "../cache/storable.ts";
import { freshenFromHead } from "../cache/validation.ts";
import type { Instant } from "../fields.ts";
import type { Asked } from "./request.ts";
import { type ExchangeTools, wantedOf } from "./transaction.ts";

/** A response's head and when it came. */
export interface Arrived {
  readonly head: ResponseHead;
  readonly requestAt: Instant;
  readonly responseAt: Instant;
}

/** Updates the stored response by a response to HEAD, or drops it when they do not fit (RFC 9111 §4.3.5). */
export async function freshenByHead(
  tools: ExchangeTools,
  asked: Asked,
  found: Found | undefined,
  { head, requestAt, responseAt }: Arrived,
): Promise<void> {
  if (found?.state !== "found") return;
  const { fence } = await tools.flights.alone();
  const arrival = {
    route: asked.served.route,
    requestAt,
    responseAt,
    fence,
    random: tools.random(),
  };
  const fresher = freshenFromHead(found.entry, head, arrival);
  if (fresher === found.entry) return;
  if (fresher === "mismatch") await tools.store.remove([found.key]).catch(() => undefined);
  else await saveEntry(tools.store, wantedOf(asked), fresher, found.record, tools.now());
}

/** Where the body of a POST response goes that may be stored as that of a GET (RFC 9110 §9.3.3); undefined for all others. */
export async function postAsGet(
  tools: ExchangeTools,
  asked: Asked,
  { head, requestAt, responseAt }: Arrived,
): Promise<{ readonly collector: Collector; save(): Promise<void> } | undefined> {
  const { route } = asked.served;
  if (!storablePost(asked.client, head, route, responseAt)) return undefined;
  const request = { ...asked.forwarded, method: "GET" };
  if (refusalToStore(request, head, route, responseAt) !== undefined) return undefined;
  const { fence } = await tools.flights.alone();
  const collector = createCollector(route.maxBody);
  return {
    collector,
    async save() {
      const body = collector.whole();
      if (body === undefined) return;
      const entry = newEntry({
        request,
        route,
        response: head,
        body,
        requestAt,
        responseAt,
        fence,
        random: tools.random(),
      });
      await saveEntry(tools.store, { ...wantedOf(asked), request }, entry, undefined, tools.now());
    },
  };
}
