/** Clients that want their answers past the store, all at once. */
import type { RequestListener } from "node:http";
import { expect, test } from "vitest";
import { type AskOptions, startFront, type TestFront } from "../helpers/front.ts";
import { gate } from "../helpers/jobs.ts";

/** Ways to ask for something newer than what is stored. */
const WISHES: Record<string, string>[] = [
  { "Cache-Control": "no-cache" },
  { "Cache-Control": "max-age=0" },
  { "Cache-Control": "no-store" },
  { "Cache-Control": "min-fresh=9999999" },
  { Pragma: "no-cache" },
  { "If-Match": "*" },
  { "If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT" },
  { "If-None-Match": '"other"' },
  { "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT" },
  { Range: "bytes=0-1" },
  { Range: "bytes=0-1,3-4" },
  { "If-Range": '"x"', Range: "bytes=0-1" },
  { Expect: "100-continue" },
  { "X-Bypass": "1", "X-Apicache-Bypass": "1", "X-No-Cache": "1" },
  { Cookie: "a=b" },
  { "Cache-Control": "only-if-cached, no-cache" },
];

test("with preset api nothing that a client asks for reaches past a fresh answer", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  front.origin.answers({ headers: { ETag: '"v"' }, body: "stored" });
  await front.ask("/doc");
  for (const headers of WISHES) {
    for (const method of ["GET", "HEAD"]) {
      const { status } = await front.ask("/doc", { method, headers });
      expect({ headers, good: status < 300 }).toEqual({ headers, good: true });
    }
  }
  expect(front.origin.requests).toHaveLength(1);
});

/** A source that numbers its answers, gives the `held`th only when told, and tells how many were asked for at one time. */
function counting(fields: Record<string, string>, held = 0) {
  const { open, opened } = gate();
  const seen = { now: 0, most: 0, all: 0 };
  const handler: RequestListener = (_req, res) => {
    seen.now += 1;
    seen.all += 1;
    seen.most = Math.max(seen.most, seen.now);
    const answer = `answer ${seen.all}`;
    void (seen.all === held ? opened : Promise.resolve()).then(() => {
      seen.now -= 1;
      res.writeHead(200, fields).end(answer);
    });
  };
  return { seen, open, handler };
}

/** Resolves when all that was sent before has been read: this is answered without store and source. */
async function allRead(front: TestFront): Promise<void> {
  expect((await front.ask("/a/../b", { method: "POST" })).status).toBe(400);
}

test.each(["no-cache", "max-age=0", "no-cache, max-age=0", "min-fresh=3600"])(
  "a hundred transparent clients with %s are at the source one at a time, and get what was fetched after they asked",
  async (wish) => {
    await using front = await startFront({ preset: "transparent" });
    const { seen, open, handler } = counting({ "Cache-Control": "max-age=600", Age: "1" }, 2);
    front.origin.on(handler);
    await front.ask("/doc");
    const asked: AskOptions = { headers: { "Cache-Control": wish } };
    const leader = front.ask("/doc", asked);
    await front.origin.received(2);
    const followers = Array.from({ length: 100 }, () => front.ask("/doc", asked));
    await allRead(front);
    open();
    expect((await leader).text).toBe("answer 2");
    for (const { text } of await Promise.all(followers)) expect(text).toMatch(/^answer [3-6]$/);
    expect(seen.most).toBe(1);
    expect(seen.all).toBeLessThanOrEqual(6);
  },
);

test("clients who want something newer and clients who do not are at the source one at a time", async () => {
  await using front = await startFront({ preset: "transparent" });
  const { seen, open, handler } = counting({ "Cache-Control": "max-age=600" }, 1);
  front.origin.on(handler);
  const asks = Array.from({ length: 100 }, (_, i) =>
    front.ask("/doc", i % 2 === 0 ? {} : { headers: { "Cache-Control": "no-cache" } }),
  );
  await allRead(front);
  open();
  await Promise.all(asks);
  expect(seen.most).toBe(1);
  expect(seen.all).toBeLessThanOrEqual(5);
});

test("a storm while the source is down is one request at a time, and leaves the stored answer", async () => {
  await using front = await startFront({ preset: "transparent" });
  const { handler } = counting({ "Cache-Control": "max-age=600" });
  front.origin.on(handler);
  await front.ask("/doc");
  let [now, most] = [0, 0];
  front.origin.on((req) => {
    now += 1;
    most = Math.max(most, now);
    setTimeout(() => {
      now -= 1;
      req.socket.destroy();
    }, 20);
  });
  const asked: AskOptions = { headers: { "Cache-Control": "no-cache" } };
  const answers = await Promise.all(Array.from({ length: 50 }, () => front.ask("/doc", asked)));
  expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(["answer 1"]));
  expect(most).toBe(1);
});

test.each(["PURGE", "TRACE"])("%s of a client reaches neither source nor store", async (method) => {
  for (const preset of ["api", "transparent"] as const) {
    await using front = await startFront({ preset, freshness: { freshForMs: 60_000 } });
    await front.ask("/doc");
    for (const path of ["/doc", "/", "/*"])
      expect((await front.ask(path, { method })).status).toBe(501);
    expect((await front.ask("/doc")).cacheStatus).toContain("hit");
    expect(front.origin.requests).toHaveLength(1);
  }
});

test("a change that the source refuses does not take what is stored away", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  front.origin.on((req, res) => res.writeHead(req.method === "GET" ? 200 : 405).end("body"));
  await front.ask("/doc");
  for (const method of ["POST", "PUT", "DELETE", "PATCH", "MKCOL"])
    expect((await front.ask("/doc", { method })).status).toBe(405);
  expect((await front.ask("/doc")).cacheStatus).toContain("hit");
});
