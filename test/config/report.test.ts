import { expect, test } from "vitest";
import { configOf } from "../helpers/configuration.ts";

test("the old names of the limits are understood, a number of seconds without its unit", async () => {
  const env = { MAX_REPORTED_USER_CONCURRENT_TASKS: "2", TASK_TIMEOUT_SECONDS: "90" };
  const { report } = await configOf({ env });
  expect(report).toMatchObject({ lanes: { concurrency: 2, waiting: 20 }, timeoutMs: 90_000 });
});

test("a number without a unit is refused where the name does not say what it counts", async () => {
  await expect(configOf({ env: { REPORT_TIMEOUT: "90" } })).rejects.toThrow(
    /needs a unit|duration/,
  );
});

test("an old and a new name that contradict each other are refused", async () => {
  const env = { REPORT_TIMEOUT: "1m", TASK_TIMEOUT_SECONDS: "90" };
  await expect(configOf({ env })).rejects.toThrow(/contradicts/);
});

test("a timeout with its unit is understood under the old name too", async () => {
  const { report } = await configOf({ env: { TASK_TIMEOUT_SECONDS: "2m" } });
  expect(report.timeoutMs).toBe(120_000);
});
