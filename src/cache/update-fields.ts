/** Updating stored fields from a newer response to the same resource (RFC 9111 §3.2). */
import { type FieldList, withoutFields } from "../fields.ts";
import { withoutHopByHop } from "./hop-by-hop.ts";

/** What describes the octets that are held: these do not change with the fields. */
const ABOUT_HELD_OCTETS = new Set(["content-length", "content-range", "content-encoding"]);
/** They belong to one message: the newer one's count, also when it has none. */
const OF_ONE_MESSAGE = new Set(["age", "date"]);

/**
 * The stored fields with every field of the newer response in place of the stored lines of that name, or added at the end. Age and Date
 * are the newer response's or nobody's.
 */
export function updatedFields(stored: FieldList, newer: FieldList): string[] {
  const updates = withoutFields(withoutHopByHop(newer), (name) => ABOUT_HELD_OCTETS.has(name));
  const lines = linesByName(updates);
  const updated: string[] = [];
  const placed = new Set<string>();
  for (let i = 0; i < stored.length; i += 2) {
    const name = (stored[i] as string).toLowerCase();
    const replacement = lines.get(name);
    if (replacement === undefined) {
      if (!OF_ONE_MESSAGE.has(name)) updated.push(stored[i] as string, stored[i + 1] as string);
    } else if (!placed.has(name)) {
      placed.add(name);
      updated.push(...replacement);
    }
  }
  updated.push(...withoutFields(updates, (name) => placed.has(name)));
  return updated;
}

function linesByName(fields: FieldList): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (let i = 0; i < fields.length; i += 2) {
    const name = (fields[i] as string).toLowerCase();
    const known = lines.get(name) ?? [];
    known.push(fields[i] as string, fields[i + 1] as string);
    lines.set(name, known);
  }
  return lines;
}
