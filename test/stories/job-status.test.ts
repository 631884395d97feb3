import { expect, test, vi } from "vitest";
import { fronting, startProcess } from "../helpers/process.ts";
import { startRedis } from "../helpers/redis.ts";
import { type ReportPayload, reportsAbout, startReports } from "../helpers/reports.ts";

vi.setConfig({ testTimeout: 90_000 });

const [ANNA] = reportsAbout("anna") as [ReportPayload];
const YAML = `${fronting("http://127.0.0.1:9000")}
control: { tokens: [ { name: vera, role: viewer, token: v }, { name: otto, role: operator, token: o } ] }
`;

test("a web process tells of a report that another process makes, and lets go of watchers when it stops", async () => {
  await using redis = await startRedis();
  await using reports = await startReports({ url: redis.url });
  await using web = await startProcess({ entry: "web", yaml: YAML, env: { REDIS_URL: redis.url } });
  const { id, cancelKey = "" } = await reports.enqueue(ANNA);
  const path = `/jobs/${id}`;
  await vi.waitFor(async () => expect((await web.ask(path)).status).toBe(200));
  expect(JSON.parse((await web.ask(path)).text)).toMatchObject({ id, state: "waiting" });
  expect((await web.ask(`/jobs/${id.replace(/^./, "g")}`)).status).toBe(404);

  const watching = web.ask(path, { headers: { accept: "text/event-stream" } });
  reports.worker(async () => ({ outcome: "complete" }));
  const streamed = await watching;
  expect(streamed.text).toMatch(/event: end\nid: .*\ndata: .*"state":"completed"/);

  const cancel = { method: "DELETE", headers: { authorization: `Bearer ${cancelKey}` } };
  expect((await web.ask(path, cancel)).status).toBe(409);
});

test("a stop ends the streams at once, and the process with 0", async () => {
  await using redis = await startRedis();
  await using reports = await startReports({ url: redis.url });
  await using web = await startProcess({ entry: "web", yaml: YAML, env: { REDIS_URL: redis.url } });
  const { id } = await reports.enqueue(ANNA);
  await vi.waitFor(async () => expect((await web.ask(`/jobs/${id}`)).status).toBe(200));
  const watching = web.ask(`/jobs/${id}`, { headers: { accept: "text/event-stream" } });
  await vi.waitFor(async () => {
    const clients = (await reports.client.call("CLIENT", "LIST")) as string;
    expect(clients).toMatch(/cmd=xread/);
  });
  web.kill("SIGTERM");
  const { status, text } = await watching;
  expect(status).toBe(200);
  expect(text).toContain('"state":"waiting"');
  expect(text).not.toContain("event: end");
  expect(await web.ended).toMatchObject({ code: 0 });
});

test("operators come in with the tokens of the configuration, each with their role", async () => {
  await using redis = await startRedis();
  await using web = await startProcess({ entry: "web", yaml: YAML, env: { REDIS_URL: redis.url } });
  const pause = (token: string) =>
    web.control("/board/api/queues/report/pause", {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
    });
  await vi.waitFor(async () => expect((await pause("v")).status).toBe(403));
  expect((await pause("x")).status).toBe(401);
  expect((await pause("o")).status).toBe(200);
  const audit = await web.control("/audit", { headers: { authorization: "Bearer v" } });
  expect(JSON.parse(audit.text).acts).toMatchObject([
    { action: "pause", who: "otto from 127.0.0.1", what: ["queue report"] },
  ]);
});
