/** Cookies and other answers for one user alone, when many ask at once. */
import type { RequestListener } from "node:http";
import { expect, test } from "vitest";
import { startFront } from "../helpers/front.ts";
import { stored } from "../helpers/stored.ts";

/** Gives each request a number of its own, in a cookie and in the body. */
function numbering(fields: Record<string, string>): RequestListener {
  let count = 0;
  return (_req, res) => {
    count += 1;
    const cookie = `visit=${count}; Path=/`;
    const body = `visit ${count}`;
    setTimeout(() => res.writeHead(200, { ...fields, "Set-Cookie": cookie }).end(body), 30);
  };
}

test.each([
  ["private", { "Cache-Control": "private, max-age=60" }],
  ["no-store", { "Cache-Control": "no-store" }],
  ["without freshness, setting a cookie", { "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT" }],
])(
  "of a hundred who ask at once for an answer that is %s each gets one of its own",
  async (_, fields) => {
    await using front = await startFront({ preset: "transparent" });
    front.origin.on(numbering(fields));
    const answers = await Promise.all(Array.from({ length: 100 }, () => front.ask("/me")));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(100);
    expect(new Set(answers.map(({ headers }) => headers["set-cookie"]?.[0])).size).toBe(100);
  },
);

test("users who ask at once with their tokens each get their own, and who asks without gets none of theirs", async () => {
  for (const route of [{}, { perPrincipal: true }, { preset: "transparent" }] as const) {
    await using front = await startFront({ ...route, freshness: { freshForMs: 60_000 } });
    front.origin.on((req, res) => {
      // With preset transparent the public answer is for all, unless the source says otherwise.
      const who = req.headers.authorization ?? "nobody";
      setTimeout(() => res.writeHead(200, { Vary: "Authorization" }).end(who), 30);
    });
    const users = Array.from({ length: 100 }, (_, i) => (i % 10 === 0 ? undefined : `Bearer ${i}`));
    const answers = await Promise.all(
      users.map((user) => front.ask("/me", { headers: user ? { Authorization: user } : {} })),
    );
    expect(answers.map(({ text }) => text)).toEqual(users.map((user) => user ?? "nobody"));
  }
});

test("one private answer does not keep the public ones from being fetched once for all", async () => {
  await using front = await startFront({ preset: "transparent" });
  front.origin.on((req, res) => {
    const mine = req.headers.authorization !== undefined || req.headers.cookie !== undefined;
    const control = mine ? "private" : "max-age=60";
    setTimeout(() => res.writeHead(200, { "Cache-Control": control }).end(`${mine}`), 30);
  });
  for (const credential of [{ Authorization: "Bearer a" }, { Cookie: "a=b" }] as Record<
    string,
    string
  >[])
    await front.ask("/doc", { headers: credential });
  const answers = await Promise.all(Array.from({ length: 50 }, () => front.ask("/doc")));
  expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(["false"]));
  expect(front.origin.requests).toHaveLength(3);
});

test.each([
  ["the source's own freshness", { freshness: "origin" }],
  ["fixed freshness", { freshness: { freshForMs: 60_000 } }],
] as const)(
  "preset api gives out no cookie, neither of a source nor out of the store: %s",
  async (_, route) => {
    await using front = await startFront(route);
    await using cold = await startFront({
      ...route,
      redis: front.redis,
      origin: front.origin,
      memory: 0,
    });
    front.origin.on(numbering({ "Cache-Control": "max-age=60", "Set-Cookie2": "old=1" }));
    const ways = [front.ask("/doc"), front.ask("/doc"), front.ask("/doc", { method: "HEAD" })];
    const others = [cold.ask("/doc"), front.ask("/doc", { method: "POST" }), front.ask("/none")];
    for (const { headers } of await Promise.all([...ways, ...others])) {
      expect(headers).not.toHaveProperty("set-cookie");
      expect(headers).not.toHaveProperty("set-cookie2");
    }
  },
);

test("preset api passes no cookie on, whatever the route forwards", async () => {
  await using front = await startFront({ forward: ["accept", "cookie", "cookie2"] });
  for (const method of ["GET", "HEAD", "POST"])
    await front.ask("/doc", { method, headers: { Cookie: "session=1", Cookie2: "$Version=1" } });
  for (const { headers } of front.origin.requests) {
    expect(headers).not.toHaveProperty("cookie");
    expect(headers).not.toHaveProperty("cookie2");
  }
});

test.each(["304", "HEAD"])("a cookie that comes with a %s goes to its asker alone", async (way) => {
  await using front = await startFront({ preset: "transparent" });
  const fields = { "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT", ETag: '"v"' };
  front.origin.answers({ headers: fields, body: "body" });
  await stored(front, "/doc");
  front.advance(3 * 86_400_000);
  front.origin.on((_req, res) => {
    const cookie = { "Set-Cookie": "session=alice" };
    const head = way === "304" ? fields : { ...fields, "Content-Length": 4 };
    res.writeHead(way === "304" ? 304 : 200, { ...head, ...cookie }).end();
  });
  const alice = { headers: { Cookie: "login=alice" }, method: way === "304" ? "GET" : "HEAD" };
  expect((await front.ask("/doc", alice)).headers["set-cookie"]).toEqual(["session=alice"]);
  await front.origin.stop();
  const other = await front.ask("/doc");
  expect(other.text).toBe("body");
  expect(other.headers).not.toHaveProperty("set-cookie");
});
