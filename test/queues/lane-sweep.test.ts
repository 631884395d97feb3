import { expect, test, vi } from "vitest";
import { startLaneSweep } from "../../src/queues/lane-sweep.ts";
import { laneKeys } from "../../src/redis/keys.ts";
import { startJobs } from "../helpers/jobs.ts";

test("a lane that cannot be seen to holds up no other", async () => {
  await using jobs = await startJobs();
  const connection = jobs.patient();
  const lanes = Array.from({ length: 500 }, (_, i) => `lane-${i}`);
  await connection.sadd(laneKeys("report").lanes, ...lanes);
  const swept = new Set<string>();
  const sweep = startLaneSweep({
    ...{ connection, queue: "report", everyMs: 50, logger: jobs.logger },
    async sweep(lane) {
      if (lane.endsWith("0")) throw new Error("This one cannot be swept.");
      swept.add(lane);
    },
  });
  await vi.waitFor(() => expect(swept.size).toBe(450));
  sweep.stop();
});
