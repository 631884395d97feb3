import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { startFront } from "../helpers/front.ts";

const fresh = { freshness: { freshForMs: 60_000 } };

test("one request reaches the source however many ask for a cold key", async () => {
  await using front = await startFront(fresh);
  front.origin.answers({ body: "slowly made", delayMs: 100 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => front.ask("/cold")));
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, () => "slowly made"));
  expect(front.origin.requests).toHaveLength(1);
  expect(answers.filter(({ cacheStatus }) => cacheStatus.includes("stored"))).toHaveLength(1);
  expect(answers.filter(({ cacheStatus }) => /collapsed|hit/.test(cacheStatus))).toHaveLength(49);
});

test("callers of a cold key whose answer is private each get their own", async () => {
  await using front = await startFront();
  let count = 0;
  front.origin.on((_req, res) => {
    count += 1;
    const mine = `answer ${count}`;
    setTimeout(() => res.writeHead(200, { "Cache-Control": "private, max-age=60" }).end(mine), 50);
  });
  const answers = await Promise.all(Array.from({ length: 10 }, () => front.ask("/me")));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(10);
});

test("every octet of a body is the same on a miss, on a hit from memory and on a hit from Redis", async () => {
  const bytes = Buffer.from(Array.from({ length: 256 * 300 }, (_, i) => (i * 7) % 256));
  await using front = await startFront(fresh);
  await using cold = await startFront({
    ...fresh,
    redis: front.redis,
    origin: front.origin,
    memory: 0,
  });
  front.origin.answers({ headers: { "Content-Type": "application/octet-stream" }, body: bytes });
  for (const [who, asked] of [
    ["miss", front],
    ["memory", front],
    ["redis", cold],
  ] as const) {
    const answer = await asked.ask("/bytes");
    expect(answer.body.equals(bytes), who).toBe(true);
    expect(answer.headers["content-length"]).toBe(String(bytes.length));
  }
  expect(front.origin.requests).toHaveLength(1);
});

test("a coded body stays coded: nothing is decompressed on the way", async () => {
  const coded = gzipSync("plain text ".repeat(100));
  await using front = await startFront(fresh);
  front.origin.answers({
    headers: { "Content-Encoding": "gzip", Vary: "Accept-Encoding" },
    body: coded,
  });
  for (let i = 0; i < 2; i++) {
    const answer = await front.ask("/coded", { headers: { "Accept-Encoding": "gzip, br" } });
    expect(answer.body.equals(coded)).toBe(true);
    expect(answer.headers["content-encoding"]).toBe("gzip");
  }
  expect(front.origin.requests).toHaveLength(1);
  expect(front.origin.requests[0]?.headers["accept-encoding"]).toBe("gzip");
});

test("a body larger than max_body passes through unstored", async () => {
  await using front = await startFront({ ...fresh, maxBody: 1_000 });
  front.origin.answers({ body: "x".repeat(5_000) });
  for (let i = 1; i <= 2; i++) {
    expect((await front.ask("/large")).body).toHaveLength(5_000);
    expect(front.origin.requests).toHaveLength(i);
  }
});

test("a part of a body that outgrows max_body on its way is answered with the whole, unstored", async () => {
  await using front = await startFront({ ...fresh, maxBody: 1_000 });
  const piece = "x".repeat(700);
  front.origin.on((_req, res) => {
    // No Content-Length: nobody knows how much will come.
    for (let i = 0; i < 5; i++) res.write(piece);
    res.end();
  });
  for (let i = 1; i <= 2; i++) {
    const answer = await front.ask("/large", { headers: { Range: "bytes=0-9" } });
    expect(answer).toMatchObject({ status: 200, text: piece.repeat(5) });
    expect(answer.cacheStatus).toContain("detail=max-body");
    expect(front.origin.requests).toHaveLength(i);
  }
});

test("repeated fields of an answer stay repeated, on a miss and on a hit", async () => {
  await using front = await startFront(fresh);
  front.origin.answers({ headers: ["Link", "<a>", "X-One", "1", "Link", "<b>"], body: "x" });
  for (let i = 0; i < 2; i++) {
    const { rawHeaders } = await front.ask("/links");
    const links = rawHeaders.filter((_, at) => rawHeaders[at - 1] === "Link");
    expect(links).toEqual(["<a>", "<b>"]);
  }
});

test("other methods pass through with their bodies, and a change invalidates what was stored", async () => {
  await using front = await startFront(fresh);
  const seen: string[] = [];
  front.origin.on((req, res) => {
    let body = "";
    req.on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => {
      seen.push(`${req.method} ${body}`);
      res.end(`version ${seen.length}`);
    });
  });
  expect((await front.ask("/doc")).text).toBe("version 1");
  expect((await front.ask("/doc")).text).toBe("version 1");
  const put = await front.ask("/doc", {
    method: "PUT",
    body: "new",
    headers: { "Content-Type": "text/plain" },
  });
  expect(put.cacheStatus).toContain("fwd=method");
  expect((await front.ask("/doc")).text).toBe("version 3");
  expect(seen).toEqual(["GET ", "PUT new", "GET "]);
});

test("a HEAD is answered from a stored GET, with its length and no body", async () => {
  await using front = await startFront(fresh);
  front.origin.answers("twelve bytes");
  await front.ask("/doc");
  const head = await front.ask("/doc", { method: "HEAD" });
  expect(head).toMatchObject({
    status: 200,
    text: "",
    cacheStatus: expect.stringContaining("hit"),
  });
  expect(head.headers["content-length"]).toBe("12");
});

test("a client's own condition and range are answered from the store", async () => {
  await using front = await startFront(fresh);
  front.origin.answers({ headers: { ETag: '"v"' }, body: "0123456789" });
  await front.ask("/doc");
  expect(await front.ask("/doc", { headers: { "If-None-Match": '"v"' } })).toMatchObject({
    status: 304,
    text: "",
  });
  const part = await front.ask("/doc", { headers: { Range: "bytes=2-4" } });
  expect(part).toMatchObject({ status: 206, text: "234" });
  expect(part.headers["content-range"]).toBe("bytes 2-4/10");
  expect(front.origin.requests).toHaveLength(1);
});

test.each([
  ["no route", "/npm/x", { routes: [] }, 404, "no-route"],
  ["a dot segment", "/a/%2e%2e/b", fresh, 400, "bad-target"],
  ["a control byte", "/a%00b", fresh, 400, "bad-target"],
] as const)("%s gets a problem that says so", async (_, target, options, status, type) => {
  await using front = await startFront(options);
  const answer = await front.ask(target);
  expect(answer.status).toBe(status);
  expect(answer.headers["content-type"]).toBe("application/problem+json");
  expect(JSON.parse(answer.text)).toMatchObject({ status, type: expect.stringContaining(type) });
  expect(front.origin.requests).toHaveLength(0);
});
