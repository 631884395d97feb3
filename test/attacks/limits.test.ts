/** Clients that take time and room: slow heads, slow readers, half-open connections, endless names. */
import { once } from "node:events";
import type { RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createLimitedServer, type Limits, mayWait } from "../../src/http/limits.ts";
import { startFaultOrigin } from "../helpers/fault-origin.ts";
import { good } from "../helpers/faults.ts";
import { startFront, testRoute } from "../helpers/front.ts";
import { head, oneResponse, sendRaw } from "../helpers/raw.ts";

const GENEROUS: Limits = {
  headBytes: 16_384,
  headMs: 20_000,
  requestMs: 20_000,
  idleMs: 20_000,
  stalledMs: 20_000,
};

/** A server with these limits and a client's connection to it. */
async function connected(limits: Partial<Limits>, listener: RequestListener) {
  const server = createLimitedServer(listener, { ...GENEROUS, ...limits });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  let text = "";
  const closed = new Promise<string>((resolve) => socket.on("close", () => resolve(text)));
  socket.on("error", () => undefined);
  return {
    socket,
    /** Resolves with all that came back when the server has closed the connection. */
    closed,
    listen: () => socket.on("data", (chunk) => (text += chunk.toString("latin1"))),
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const ok: RequestListener = (req, res) => void req.resume().on("end", () => res.end("ok"));
const GET = "GET / HTTP/1.1\r\nHost: x\r\n";

/** Writes an octet every few milliseconds until the connection is closed. */
async function trickle(socket: Socket, text: string): Promise<void> {
  for (const octet of text) {
    if (socket.destroyed) return;
    socket.write(octet);
    await sleep(20);
  }
}

test("a head that stops half-way is answered 408 and its connection ends", async () => {
  await using client = await connected({ headMs: 200 }, ok);
  client.listen();
  client.socket.write(`${GET}X-Half: `);
  expect(await client.closed).toContain("408");
});

test("a head that comes an octet at a time ends as soon as its time is over", async () => {
  await using client = await connected({ headMs: 300 }, ok);
  client.listen();
  await trickle(client.socket, GET + "X-Slow: slow\r\n".repeat(1_000));
  expect(await client.closed).toContain("408");
});

test("a connection on which nothing is ever sent ends", async () => {
  await using client = await connected({ headMs: 200 }, ok);
  client.listen();
  expect(await client.closed).toMatch(/^(?:|HTTP\/1\.1 408 [\s\S]*)$/);
});

test("a body that never ends is answered 408 and its connection ends", async () => {
  await using client = await connected({ headMs: 200, requestMs: 400 }, ok);
  client.listen();
  client.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n01234");
  expect(await client.closed).toContain("408");
});

test("a kept connection on which nothing more is asked ends", async () => {
  await using client = await connected({ idleMs: 100 }, ok);
  client.listen();
  client.socket.write(`${GET}\r\n`);
  expect(await client.closed).toMatch(/ok$/);
});

test("a client that leaves half-way through its head is forgotten", async () => {
  await using client = await connected({}, ok);
  client.listen();
  client.socket.end(GET);
  await client.closed;
});

const LARGE = Buffer.alloc(32 * 1024 * 1024, "x");

test("a client that takes nothing of its answer is cut off", async () => {
  for (const listener of [
    (_req, res) => res.end(LARGE),
    (_req, res) => {
      mayWait(res);
      res.end(LARGE);
    },
  ] as RequestListener[]) {
    await using client = await connected({ stalledMs: 300 }, (req, res) => {
      listener(req, res);
      res.on("close", () => client.socket.resume());
    });
    client.socket.write(`${GET}\r\n`);
    await client.closed;
    expect(client.socket.bytesRead).toBeLessThan(LARGE.length);
  }
});

test("a client that reads slowly and does not stop gets all of it", async () => {
  await using client = await connected({ stalledMs: 1_000 }, (_req, res) => {
    res.writeHead(200, { Connection: "close" }).end(LARGE);
  });
  client.socket.on("data", () => {
    client.socket.pause();
    setTimeout(() => client.socket.resume(), 2);
  });
  client.socket.write(`${GET}\r\n`);
  await client.closed;
  expect(client.socket.bytesRead).toBeGreaterThan(LARGE.length);
});

test("a client whose source is slow may wait, and one that waits for nothing may not", async () => {
  const listener: RequestListener = (req, res) => {
    if (req.url === "/wait") mayWait(res);
    setTimeout(() => res.end("at last"), 1_000);
  };
  await using waiting = await connected({ stalledMs: 200 }, listener);
  waiting.listen();
  waiting.socket.write(head("GET /wait HTTP/1.1"));
  await using hasty = await connected({ stalledMs: 200 }, listener);
  hasty.listen();
  hasty.socket.write(head("GET / HTTP/1.1"));
  expect(await hasty.closed).toBe("");
  expect(await waiting.closed).toContain("at last");
});

test("every limit of the data plane is set", () => {
  const server = createLimitedServer(ok);
  expect(server).toMatchObject({
    headersTimeout: 30_000,
    requestTimeout: 900_000,
    keepAliveTimeout: 75_000,
    timeout: 60_000,
    maxHeadersCount: 0,
  });
});

test.each([
  ["a target of 64 kB", `GET /${"a".repeat(65_536)} HTTP/1.1`, []],
  ["a query of 64 kB", `GET /doc?${"a".repeat(65_536)} HTTP/1.1`, []],
  ["a field of 64 kB", "GET /doc HTTP/1.1", [`X-Large: ${"a".repeat(65_536)}`]],
  ["a name of 64 kB", "GET /doc HTTP/1.1", [`${"a".repeat(65_536)}: x`]],
  ["20,000 fields", "GET /doc HTTP/1.1", Array.from({ length: 20_000 }, () => "a: b")],
])("%s is answered 431 and reaches no source", async (_, line, fields) => {
  await using front = await startFront();
  const reply = await sendRaw(front.port, head(line, ...fields));
  expect(reply).toMatchObject({ statuses: [431], closed: true });
  expect(front.origin.requests).toHaveLength(0);
});

test("of many fields none is dropped without a word", async () => {
  await using origin = await startFaultOrigin(good());
  await using front = await startFront({
    routes: [testRoute(origin.url, { preset: "transparent" })],
  });
  const many = Array.from({ length: 2_500 }, () => "a: b");
  const octets = head("GET /doc HTTP/1.1", ...many, "Authorization: Bearer last");
  await sendRaw(front.port, octets, { until: oneResponse });
  expect(origin.requests[0]).toContain("Bearer last");
});

test("five hundred connections that never ask anything keep nobody waiting", async () => {
  await using front = await startFront();
  front.origin.answers({ headers: { "Cache-Control": "max-age=60" }, body: "body" });
  const idle = Array.from({ length: 500 }, () => connect(front.port, "127.0.0.1"));
  for (const socket of idle) socket.on("error", () => undefined).write(`${GET}X-Half: `);
  await Promise.all(idle.map((socket) => once(socket, "connect")));
  for (let i = 0; i < 5; i++) expect((await front.ask("/doc")).text).toBe("body");
  for (const socket of idle) socket.destroy();
});
