/** Clients that leave in the middle or read slowly: the others, and the store, do not notice. */
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { startFront, type TestFront } from "../helpers/front.ts";
import { gate } from "../helpers/jobs.ts";
import { head } from "../helpers/raw.ts";

const FIXED = { freshness: { freshForMs: 60_000 } };
const HALF = Buffer.alloc(200_000, "a");
const WHOLE = Buffer.concat([HALF, HALF]);

/** A source that gives the second half of its answer when told. */
function inHalves(fields: Record<string, string> = {}) {
  const { open, opened } = gate();
  const handler: RequestListener = (_req, res) => {
    res.writeHead(200, { "Content-Length": WHOLE.length, ...fields });
    res.write(HALF);
    void opened.then(() => res.end(HALF));
  };
  return { handler, finish: open };
}

/** A client that asks, and leaves as soon as it has seen the beginning of its answer. */
async function leaveHalfWay(front: TestFront, path: string): Promise<void> {
  const socket = connect(front.port, "127.0.0.1");
  socket.write(head(`GET ${path} HTTP/1.1`));
  await once(socket, "data");
  socket.resetAndDestroy();
}

/** Asks and does not read. */
async function askUnread(front: TestFront, path: string): Promise<Socket> {
  const socket = connect(front.port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(head(`GET ${path} HTTP/1.1`));
  await once(socket, "readable");
  return socket;
}

test("the first of many leaves half-way: the others get the whole body, which is stored once", async () => {
  await using front = await startFront(FIXED);
  const { handler, finish } = inHalves();
  front.origin.on(handler);
  const leaving = leaveHalfWay(front, "/doc");
  await front.origin.received(1);
  const others = Array.from({ length: 20 }, () => front.ask("/doc"));
  await leaving;
  finish();
  for (const { body } of await Promise.all(others)) expect(body.equals(WHOLE)).toBe(true);
  expect((await front.ask("/doc")).cacheStatus).toContain("hit");
  expect(front.origin.requests).toHaveLength(1);
});

test("all leave half-way: what was begun is stored all the same", async () => {
  await using front = await startFront(FIXED);
  const { handler, finish } = inHalves();
  front.origin.on(handler);
  await Promise.all([leaveHalfWay(front, "/doc"), front.origin.received(1)]);
  finish();
  await expect.poll(async () => (await front.ask("/doc")).cacheStatus).toContain("hit");
  expect((await front.ask("/doc")).body.equals(WHOLE)).toBe(true);
  expect(front.origin.requests).toHaveLength(1);
});

test("all leave before the source has said a word: its answer is stored", async () => {
  await using front = await startFront(FIXED);
  const { open, opened } = gate();
  front.origin.on((_req, res) => void opened.then(() => res.end("late")));
  const socket = connect(front.port, "127.0.0.1");
  socket.write(head("GET /doc HTTP/1.1"));
  await front.origin.received(1);
  socket.resetAndDestroy();
  open();
  await expect.poll(async () => (await front.ask("/doc")).cacheStatus).toContain("hit");
  expect(front.origin.requests).toHaveLength(1);
});

test("a client leaves in the middle of what is not stored: its source is let go", async () => {
  await using front = await startFront(FIXED);
  const left = gate();
  front.origin.on((_req, res) => {
    res.writeHead(200, { "Cache-Control": "no-store" });
    const timer = setInterval(() => res.write(HALF), 5);
    res.on("close", () => {
      clearInterval(timer);
      left.open();
    });
  });
  await leaveHalfWay(front, "/doc");
  await left.opened;
});

test("a source breaks off after the first client left: nothing is stored, and who waits gets a whole body", async () => {
  await using front = await startFront(FIXED);
  const { open, opened } = gate();
  front.origin.on((_req, res) => {
    res.writeHead(200, { "Content-Length": WHOLE.length });
    res.write(HALF);
    void opened.then(() => res.destroy());
  });
  const leaving = leaveHalfWay(front, "/doc");
  await front.origin.received(1);
  const waiting = front.ask("/doc");
  await leaving;
  front.origin.on((_req, res) => res.end(WHOLE));
  open();
  expect((await waiting).body.equals(WHOLE)).toBe(true);
  expect((await front.ask("/doc")).body.equals(WHOLE)).toBe(true);
});

test("who does not read what is being stored keeps nobody waiting for it", async () => {
  await using front = await startFront(FIXED);
  const large = Buffer.alloc(8 * 1024 * 1024, "x");
  front.origin.answers({ body: large });
  const unread = await askUnread(front, "/doc");
  const others = await Promise.all(Array.from({ length: 5 }, () => front.ask("/doc")));
  for (const { body } of others) expect(body.equals(large)).toBe(true);
  expect(front.origin.requests).toHaveLength(1);
  unread.destroy();
});

test("who reads slowly gets every octet of what others have long had", async () => {
  await using front = await startFront(FIXED);
  const large = Buffer.alloc(8 * 1024 * 1024, "0123456789abcdef");
  front.origin.answers({ body: large });
  const slow = await askUnread(front, "/doc");
  await front.ask("/doc");
  const chunks: Buffer[] = [];
  for await (const chunk of slow) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks);
  expect(text.subarray(text.indexOf("\r\n\r\n") + 4).equals(large)).toBe(true);
});

test("a hundred who do not read keep nobody waiting, for what is stored and for what is not", async () => {
  await using front = await startFront(FIXED);
  const large = Buffer.alloc(1024 * 1024, "x");
  front.origin.on((req, res) => {
    const control = req.url?.startsWith("/un") ? "no-store" : "max-age=60";
    res.writeHead(200, { "Cache-Control": control, "Content-Length": large.length }).end(large);
  });
  const paths = Array.from({ length: 100 }, (_, i) =>
    i % 2 === 0 ? `/stored${i % 20}` : `/un${i}`,
  );
  const unread = await Promise.all(paths.map((path) => askUnread(front, path)));
  for (const path of ["/stored0", "/un1", "/new", "/stored2"])
    expect((await front.ask(path)).body).toHaveLength(large.length);
  for (const socket of unread) socket.destroy();
});
