/** Everything that comes by the clock. */
import type { Config } from "../config/config.ts";
import type { ScheduleSpec } from "./schedules.ts";

/** The schedules that a configuration asks for. */
export function schedulesOf({ reap }: Pick<Config, "reap">): ScheduleSpec[] {
  return reap?.schedule === undefined
    ? []
    : [
        {
          name: "reap",
          queue: "reap",
          timing: reap.schedule,
          payload: { dryRun: reap.mode === "dry-run" },
        },
      ];
}
