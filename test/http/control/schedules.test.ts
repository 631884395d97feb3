import { expect, test } from "vitest";
import { createJobAudit } from "../../../src/queues/audit.ts";
import { upsertSchedules } from "../../../src/queues/schedules.ts";
import { JOB_AUDIT } from "../../../src/redis/keys.ts";
import { payload } from "../../helpers/jobs.ts";
import { startRedis } from "../../helpers/redis.ts";
import { startControl } from "./start.ts";

async function open() {
  const control = await startControl();
  const { jobs } = control;
  const timing = { pattern: "17 3 * * *", timeZone: "Europe/Berlin" };
  await upsertSchedules({ connection: jobs.patient(), logger: jobs.logger }, [
    { name: "<b>warm</b>", queue: "refresh", timing, payload: payload() },
  ]);
  const post = (body: string, type: string) =>
    control.ask("/schedules/run", { method: "POST", headers: { "Content-Type": type }, body });
  return { control, jobs, post };
}

test("schedules are listed as JSON for programs and as a page for browsers", async () => {
  const { control } = await open();
  await using _ = control;
  const json = await control.ask("/schedules");
  expect(JSON.parse(json.body)).toMatchObject({
    schedules: [{ name: "<b>warm</b>", queue: "refresh", state: "waiting" }],
  });
  const html = await control.ask("/schedules", { headers: { Accept: "text/html" } });
  expect(html.headers["content-type"]).toContain("text/html");
  expect(html.body).toContain("&lt;b&gt;warm&lt;/b&gt;");
  expect(html.body).not.toContain("<b>warm");
});

test.each([
  ["JSON", "application/json", JSON.stringify({ name: "<b>warm</b>" }), 200],
  ["the form of the page", "application/x-www-form-urlencoded", "name=%3Cb%3Ewarm%3C/b%3E", 303],
])("a schedule is run now by %s", async (_what, type, body, status) => {
  const { control, jobs, post } = await open();
  await using _ = control;
  expect((await post(body, type)).status).toBe(status);
  const [job] = await jobs.inspected.getWaiting();
  expect(job?.id).toMatch(/^run\./);
  expect(jobs.lines).toContainEqual(
    expect.objectContaining({ what: "<b>warm</b>", who: "anybody from 127.0.0.1" }),
  );
});

test.each([
  ["a name that no schedule has", JSON.stringify({ name: "other" }), 404],
  ["no name", "{}", 400],
])("%s is refused, and nothing runs", async (_what, body, status) => {
  const { control, jobs, post } = await open();
  await using _ = control;
  expect((await post(body, "application/json")).status).toBe(status);
  expect(await jobs.inspected.getWaiting()).toEqual([]);
});

test("who ran what is recorded, also that it failed, and what cannot be recorded is not run", async () => {
  const { control, jobs, post } = await open();
  await using _ = control;
  const { connection } = control.queues;
  const run = (name: string) => post(JSON.stringify({ name }), "application/json");
  await run("<b>warm</b>");
  await run("other");
  const facts = { who: "anybody from 127.0.0.1", action: "run scheduler", count: 1 };
  await expect
    .poll(() => createJobAudit(connection).read(10))
    .toMatchObject([
      { ...facts, what: "other", failed: true },
      { ...facts, what: "<b>warm</b>" },
    ]);
  await connection.set(JOB_AUDIT, "not a stream");
  expect((await run("<b>warm</b>")).status).toBe(503);
  expect(await jobs.inspected.getWaiting()).toHaveLength(1);
});

test("the page says so when Redis is away", async () => {
  await using redis = await startRedis();
  await using control = await startControl({ redis: redis.url });
  await redis.kill();
  const { status, body } = await control.ask("/schedules");
  expect(status).toBe(503);
  expect(body).toContain("The queue's Redis does not answer.");
});
