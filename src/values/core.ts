/** The parts of one value cache over one store, put together. */
import { Entries } from "./entries.ts";
import { Recorder } from "./events.ts";
import { Loader } from "./load.ts";
import { Pending } from "./pending.ts";
import { Removals } from "./removals.ts";
import type { Settings } from "./settings.ts";
import type { ValueStore } from "./value-store.ts";
import { Versions } from "./versions.ts";
import type { Names } from "./wrap.ts";
import { Writes } from "./writes.ts";

export interface Core {
  readonly settings: Settings;
  readonly store: ValueStore;
  readonly recorder: Recorder;
  readonly pending: Pending;
  readonly entries: Entries;
  readonly loader: Loader;
  readonly removals: Removals;
  readonly writes: Writes;
  /** Names of functions whose keys begin with them. */
  readonly names: Names;
  /** Tries once more what is queued, and closes the store. */
  close(): Promise<void>;
}

export function createCore(store: ValueStore, settings: Settings): Core {
  const recorder = new Recorder();
  const versions = new Versions(store, settings.namespace);
  const pending = new Pending(settings, recorder, () => versions.bumpGeneration());
  const tools = { store, versions, pending, recorder, settings };
  const entries = new Entries(tools);
  const loader = new Loader(tools, entries);
  const removals = new Removals(tools, entries, loader);
  const writes = new Writes(tools, entries, loader, removals);
  const stopListening = store.onReturn(() => void pending.drain());
  return {
    ...{ settings, store, recorder, pending, entries, loader, removals, writes },
    names: new Map(),
    close: async () => {
      stopListening();
      await pending.drain();
      pending.close();
      store.close();
    },
  };
}
