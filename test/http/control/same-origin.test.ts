import { expect, test } from "vitest";
import { startControl } from "./start.ts";

const HOST = "localhost:8889";
const PAUSE = "/board/api/queues/refresh/pause";

const allowed: [string, Record<string, string>][] = [
  ["a page of the same origin", { "sec-fetch-site": "same-origin", origin: `http://${HOST}` }],
  ["the operator's own hand", { "sec-fetch-site": "none" }],
  ["a page of the same origin in an older browser", { origin: `http://${HOST}` }],
  ["a client that is no browser", {}],
  [
    "a client with a Bearer token, wherever from",
    { "sec-fetch-site": "cross-site", authorization: "Bearer x" },
  ],
];

test.each(allowed)("a change by %s is made", async (_who, fields) => {
  await using control = await startControl();
  const answer = await control.ask(PAUSE, { method: "PUT", headers: { host: HOST, ...fields } });
  expect(answer.status).toBe(200);
  expect(await control.jobs.inspected.isPaused()).toBe(true);
});

const refused: [string, Record<string, string>][] = [
  ["another site", { "sec-fetch-site": "cross-site", origin: "http://evil.example" }],
  [
    "another origin of the same site",
    { "sec-fetch-site": "same-site", origin: "http://localhost:1" },
  ],
  [
    "another site that lies about its origin",
    { "sec-fetch-site": "cross-site", origin: `http://${HOST}` },
  ],
  ["an unknown kind of site", { "sec-fetch-site": "other" }],
  ["another site in an older browser", { origin: "http://evil.example" }],
  ["another port in an older browser", { origin: "http://localhost:1" }],
  ["an origin that is hidden", { origin: "null" }],
  [
    "a browser that sends Basic by itself",
    { "sec-fetch-site": "cross-site", authorization: "Basic YTpi" },
  ],
];

test.each(refused)("a change by %s is refused with 403 and not made", async (_who, fields) => {
  await using control = await startControl();
  for (const method of ["PUT", "POST", "PATCH", "DELETE"]) {
    const answer = await control.ask(PAUSE, { method, headers: { host: HOST, ...fields } });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ type: "urn:warmfront:problem:cross-origin" });
  }
  expect(await control.jobs.inspected.isPaused()).toBe(false);
});

test("a form of another site is refused also when it carries the operator's Basic credential", async () => {
  await using control = await startControl({ token: "s3cret" });
  const answer = await control.ask(PAUSE, {
    method: "PUT",
    headers: {
      origin: "http://evil.example",
      authorization: `Basic ${Buffer.from("a:s3cret").toString("base64")}`,
    },
  });
  expect(answer.status).toBe(403);
  expect(await control.jobs.inspected.isPaused()).toBe(false);
});

test("a link from another site may be followed", async () => {
  await using control = await startControl();
  const headers = { host: HOST, "sec-fetch-site": "cross-site" };
  expect(await control.ask("/board", { headers })).toMatchObject({ status: 200 });
});

test("no other origin is let in by CORS", async () => {
  await using control = await startControl();
  const headers = {
    host: HOST,
    origin: "http://evil.example",
    "access-control-request-method": "PUT",
  };
  const answer = await control.ask(PAUSE, { method: "OPTIONS", headers });
  const fields = Object.keys(answer.headers);
  expect(fields.filter((name) => name.startsWith("access-control"))).toEqual([]);
});
