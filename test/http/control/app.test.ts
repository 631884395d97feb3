import { Router } from "express";
import { expect, test } from "vitest";
import { startControl } from "./start.ts";

test.each([
  "/",
  "/board",
  "/board/queue/refresh",
  "/board/api/queues",
  "/board/static/images/logo.svg",
  "/livez",
  "/readyz",
  "/nothing-here",
])("%s carries every guard of a page and no other", async (path) => {
  await using control = await startControl();
  const { headers } = await control.ask(path);
  expect(headers).toMatchObject({
    "content-security-policy":
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
      "font-src 'self'; connect-src 'self'; base-uri 'self'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-robots-tag": "noindex",
  });
  expect(headers).not.toHaveProperty("x-powered-by");
});

test("the index page links what is there, further parts included, with their texts escaped", async () => {
  const router = Router();
  router.get("/", (_req, res) => {
    res.send("the part answers");
  });
  const about = `Removes <b>"stored"</b> responses.`;
  await using control = await startControl({
    parts: [{ path: "/purge", title: "Purge", about, router }],
  });
  const { body } = await control.ask("/");
  for (const path of ["/board", "/purge", "/readyz", "/livez"]) {
    expect(body).toContain(`<a href="${path}">`);
    expect(await control.ask(path)).toMatchObject({ status: 200 });
  }
  expect(body).toContain("Removes &lt;b&gt;&quot;stored&quot;&lt;/b&gt; responses.");
  expect((await control.ask("/purge")).body).toBe("the part answers");
});

test("a further part is behind the token too", async () => {
  const part = { path: "/purge", title: "Purge", about: "Removes.", router: Router() };
  await using control = await startControl({ parts: [part], token: "s3cret" });
  expect(await control.ask("/purge")).toMatchObject({ status: 401 });
});

test("a path that is not there is a problem with status 404", async () => {
  await using control = await startControl();
  const answer = await control.ask("/nothing");
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(answer.body)).toEqual({
    type: "urn:warmfront:problem:not-found",
    title: "Not Found",
    status: 404,
    detail: expect.any(String),
  });
});

test("a part that throws is a problem with status 500 that tells nothing, and a line in the log", async () => {
  const router = Router();
  router.get("/", () => {
    throw new Error("the inner reason");
  });
  await using control = await startControl({
    parts: [{ path: "/x", title: "X", about: "X.", router }],
  });
  const answer = await control.ask("/x");
  expect(answer.status).toBe(500);
  expect(answer.body).not.toContain("inner reason");
  expect(control.jobs.lines).toContainEqual(
    expect.objectContaining({
      level: "error",
      path: "/x",
      err: expect.objectContaining({ message: "the inner reason" }),
    }),
  );
});

test("a path that cannot be decoded is a problem with status 400", async () => {
  await using control = await startControl();
  const answer = await control.ask("/board/queue/%ff%");
  expect(answer.status).toBe(400);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
});
