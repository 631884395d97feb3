/** Everything that comes by the clock. */
import type { Config } from "../config/config.ts";
import type { ScheduleSpec } from "./schedules.ts";

/** The schedules that a configuration asks for. */
export function schedulesOf({ reap, items }: Pick<Config, "reap" | "items">): ScheduleSpec[] {
  const schedules: ScheduleSpec[] = [];
  if (reap?.schedule !== undefined) {
    const payload = { dryRun: reap.mode === "dry-run" };
    schedules.push({ name: "reap", queue: "reap", timing: reap.schedule, payload });
  }
  for (const { path: item, refreshEveryMs: everyMs } of items?.items ?? []) {
    if (everyMs === undefined) continue;
    const timing = { everyMs };
    schedules.push({ name: `item ${item}`, queue: "refresh", timing, payload: { item } });
  }
  return schedules;
}
