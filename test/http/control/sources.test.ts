import { expect, test } from "vitest";
import { startControlPlane } from "../../helpers/control-plane.ts";
import { startFront } from "../../helpers/front.ts";
import { startOrigin } from "../../helpers/origin.ts";

const form = { "Content-Type": "application/x-www-form-urlencoded" };

test("a source that wants to be left alone is shown with its time, as JSON and as a page, and in explanations", async () => {
  await using front = await startFront();
  await using control = await startControlPlane(front);
  const { origin } = front;
  const name = origin.url;
  expect((await control.get("/sources")).json).toMatchObject({
    sources: [{ source: name, breaker: { state: "closed" }, pools: [], holds: [] }],
  });
  origin.answers({ status: 429, headers: { "Retry-After": "600" } });
  await front.ask("/one");
  const { json } = await control.get("/sources");
  expect(json.sources[0]).toMatchObject({
    scope: "shared",
    pools: [{ pool: "" }],
    holds: [{ because: "It wants to be left alone." }],
  });
  const until = Date.parse(json.sources[0].holds[0].until);
  expect(Math.abs(until - (Date.now() + 600_000))).toBeLessThan(20_000);
  const html = await control.get("/sources", { headers: { Accept: "text/html" } });
  expect(html.headers["content-type"]).toContain("text/html");
  expect(html.text).toContain("It wants to be left alone. Until 20");
  expect((await control.get("/explain?url=/two")).json).toMatchObject({
    holds: [{ because: "It wants to be left alone." }],
  });
  expect((await control.get("/")).text).toContain('href="/sources"');
});

test("an open breaker and a spent rate are shown", async () => {
  await using origin = await startOrigin();
  const sources = new Map([[origin.url, { rate: { count: 1, perMs: 60_000 }, concurrency: 9 }]]);
  await using front = await startFront({ origin, budget: { sources, waitMs: 0 } });
  await using control = await startControlPlane(front);
  await front.ask("/one");
  const page = async () =>
    (await control.get("/sources", { headers: { Accept: "text/html" } })).text;
  expect(await page()).toContain("Its configured rate is used up: 1 in 60 s.");
  expect(await page()).toContain("0 of 9 requests under way.");
  const budget = front.parts.budgets.of(origin.url);
  for (let i = 0; i < 5; i++) await budget.failed("refused");
  expect(await page()).toContain("It failed 5 times in a row; one request asks again then.");
});

test("an operator has a source asked again, by JSON and by the form of the page", async () => {
  await using front = await startFront();
  await using control = await startControlPlane(front);
  const { origin } = front;
  origin.answers({ status: 429, headers: { "Retry-After": "600" } }, "ok");
  await front.ask("/one");
  expect((await front.ask("/one")).status).toBe(503);
  expect((await control.post("/sources/forget", { source: origin.url })).status).toBe(200);
  expect((await front.ask("/one")).status).toBe(200);
  const body = `source=${encodeURIComponent(origin.url)}`;
  const sent = await control.get("/sources/forget", { method: "POST", headers: form, body });
  expect(sent).toMatchObject({ status: 303, headers: { location: "/sources" } });
  expect(front.lines).toContainEqual(
    expect.objectContaining({ what: origin.url, who: "anybody from 127.0.0.1" }),
  );
  expect((await control.get("/audit")).json.acts[0]).toMatchObject({
    who: "anybody from 127.0.0.1",
    action: "ask source again",
    what: [origin.url],
  });
});

test.each([
  ["a source that is not there", { source: "http://other.test" }, 404],
  ["no source", {}, 400],
])("%s cannot be forgotten", async (_, body, status) => {
  await using front = await startFront();
  await using control = await startControlPlane(front);
  expect((await control.post("/sources/forget", body)).status).toBe(status);
});
