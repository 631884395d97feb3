/** A value that nobody has yet: of all processes one asks for it, and the others take what it stores. */
import type { Instant } from "../fields.ts";
import type { Flights, LeadFlight } from "../store/flight.ts";
import type { Item } from "./item.ts";
import type { ItemRecord } from "./record.ts";
import { RenewError } from "./renew.ts";

/** Asks for the value of an item, or waits for who asks already. Rejects with `RenewError`. */
export type FindItem = (item: Item) => Promise<ItemRecord>;

export function createFindItem(flights: Flights): FindItem {
  const finding = new Map<Item, Promise<ItemRecord>>();
  return (item) => {
    const known = finding.get(item);
    if (known !== undefined) return known;
    const found = find(item, flights).finally(() => finding.delete(item));
    finding.set(item, found);
    return found;
  };
}

async function find(item: Item, flights: Flights): Promise<ItemRecord> {
  const before = item.record?.goodAt ?? 0;
  const flight = await flights.begin(`item\n${item.settings.path}\n${item.fingerprint}`);
  if (flight.role === "lead") return lead(item, flight, before);
  if (flight.role === "alone") return item.renew();
  // As long as the source may take.
  const outcome = await flight.settled(3 * item.settings.timeoutMs);
  const found = await item.read();
  if (found !== undefined && found.goodAt > before) return found;
  if (outcome !== "timeout" && item.fault !== undefined)
    throw new RenewError(item.fault, "Another process asked in vain.");
  return item.renew();
}

async function lead(item: Item, flight: LeadFlight, before: Instant): Promise<ItemRecord> {
  // Not before the others can read what came of it.
  const end = (outcome: "stored" | "failed") => item.written().then(() => flight.end(outcome));
  try {
    // It may have been found between the look and the lead.
    const found = await item.read();
    const record = found !== undefined && found.goodAt > before ? found : await item.renew();
    void end("stored");
    return record;
  } catch (failure) {
    void end("failed");
    throw failure;
  }
}
