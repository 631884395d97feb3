import type { Core } from "./core.ts";
import type { Call } from "./load.ts";
import type { WarmResult } from "./options.ts";

/** Makes what is not there and fresh, so many at a time. Never rejects. */
export async function warm(
  { entries, loader }: Core,
  calls: readonly Call[],
  concurrency: number,
): Promise<WarmResult> {
  const result = { loaded: 0, present: 0, failed: 0 };
  const left = calls.values();
  const work = async () => {
    for (const call of left) {
      try {
        const isFresh = (await entries.look(call.key, call)).state === "fresh";
        if (!isFresh) await loader.get(call);
        result[isFresh ? "present" : "loaded"] += 1;
      } catch {
        // Told by the event `load`.
        result.failed += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
  return result;
}
