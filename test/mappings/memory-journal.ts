import type { Journal, JournalLine } from "../../src/mappings/journal.ts";
import type { Sighting } from "../../src/mappings/sightings.ts";

/** A journal that lives as long as the test. */
export function createMemoryJournal(): Journal {
  const records = new Map<string, JournalLine[]>();
  const sightings = new Map<string, Sighting>();
  return {
    append: async (run, lines) => {
      records.set(run, [...(records.get(run) ?? []), ...lines]);
    },
    read: async (run) => records.get(run) ?? [],
    runs: async () => [...records.keys()].toReversed(),
    sightings: async () => new Map(sightings),
    async saveSightings(changes) {
      for (const [repository, sighting] of changes) {
        if (sighting === undefined) sightings.delete(repository);
        else sightings.set(repository, sighting);
      }
    },
    prune: async () => undefined,
  };
}
