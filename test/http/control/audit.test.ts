import { expect, test } from "vitest";
import { startControlPlane } from "../../helpers/control-plane.ts";
import { startFront } from "../../helpers/front.ts";
import { startRedis } from "../../helpers/redis.ts";

interface Shown {
  readonly acts: readonly { readonly action: string; readonly time: string }[];
}

test("one list tells what was done to jobs and to what is stored, the newest first", async () => {
  await using front = await startFront();
  await using control = await startControlPlane(front, { token: "s3cret" });
  const as = { authorization: `Basic ${Buffer.from("ann:s3cret").toString("base64")}` };
  const acts = async () => (await control.get("/audit", { headers: as })).json as Shown;
  expect(await acts()).toEqual({ acts: [] });
  await control.post("/purge", { urls: ["/a?token=x", "/b"], mode: "soft" }, as);
  await control.get("/board/api/queues/report/pause", { method: "PUT", headers: as });
  await control.post("/purge", { url: "/c" }, as);
  const shown = await acts();
  expect(shown.acts).toMatchObject([
    { action: "hard purge", count: 1 },
    { action: "pause", who: "ann from 127.0.0.1", what: ["queue report"], count: 1 },
    { action: "soft purge", who: "ann from 127.0.0.1", count: 2 },
  ]);
  const times = shown.acts.map(({ time }) => time);
  expect(times).toEqual([...times].sort().reverse());
  const limited = await control.get("/audit?limit=1", { headers: as });
  expect((limited.json as Shown).acts).toHaveLength(1);
  const page = await control.get("/audit", { headers: { ...as, accept: "text/html" } });
  expect(page.text).toContain("<dd>pause (1): queue report</dd>");
});

test.each(["0", "1001", "x"])("a limit of %j is a problem", async (limit) => {
  await using front = await startFront();
  await using control = await startControlPlane(front);
  expect((await control.get(`/audit?limit=${limit}`)).status).toBe(400);
});

test("while the durable role is away the audit is a clear problem", async () => {
  await using queueRedis = await startRedis();
  await using front = await startFront({ queueRedis });
  await using control = await startControlPlane(front);
  await queueRedis.kill();
  const { status, json } = await control.get("/audit");
  expect(status).toBe(503);
  expect(json.type).toBe("urn:warmfront:problem:store-away");
});
