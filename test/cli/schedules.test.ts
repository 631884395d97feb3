import { expect, test } from "vitest";
import { upsertSchedules } from "../../src/queues/schedules.ts";
import { payload, startJobs } from "../helpers/jobs.ts";
import { PATIENCE, runCli } from "./cache-process.ts";

async function open() {
  const jobs = await startJobs();
  const timing = { pattern: "17 3 * * *", timeZone: "Europe/Berlin" };
  await upsertSchedules({ connection: jobs.patient(), logger: jobs.logger }, [
    { name: "warm corner", queue: "refresh", timing, payload: payload() },
  ]);
  return { jobs, run: (...args: string[]) => runCli(args, { REDIS_URL: jobs.url }) };
}

test("schedules are listed for people and for programs", PATIENCE, async () => {
  const { jobs, run } = await open();
  await using _ = jobs;
  const text = await run("schedules");
  expect(text).toMatchObject({ code: 0, err: "" });
  expect(text.out).toMatch(/^NAME +STATE +WHEN +NEXT +LAST\nwarm corner +waiting +17 3 \* \* \* E/);
  const json = await run("schedules", "--json");
  expect(JSON.parse(json.out)).toEqual([
    {
      name: "warm corner",
      queue: "refresh",
      pattern: "17 3 * * *",
      timeZone: "Europe/Berlin",
      state: "waiting",
      nextAt: expect.stringMatching(/^\d{4}-.*Z$/),
    },
  ]);
});

test(
  "a schedule is run now; a name that is almost right is told the right one",
  PATIENCE,
  async () => {
    const { jobs, run } = await open();
    await using _ = jobs;
    expect(await run("schedules", "run", "warm korner")).toEqual({
      code: 64,
      out: "",
      err: expect.stringContaining("did you mean `warm corner`?"),
    });
    const { code, out } = await run("schedules", "run", "warm corner", "--json");
    expect(code).toBe(0);
    const { job } = JSON.parse(out);
    expect(await jobs.state(job)).toBe("waiting");
  },
);

test("without a Redis the command says where it looked", PATIENCE, async () => {
  const env = { DATA_DIR: "/tmp/warmfront-nowhere" };
  expect(await runCli(["schedules"], env)).toMatchObject({
    code: 78,
    err: expect.stringContaining("/tmp/warmfront-nowhere"),
  });
});
