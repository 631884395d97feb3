import { describe, expect, test, vi } from "vitest";
import { createOrigin } from "../../src/sources/origin.ts";
import { type Behaviour, faults, good, inOrder, sends } from "../helpers/faults.ts";
import { ask, type CreateSource, read, withFault, withOrigin } from "../helpers/source.ts";

const create: CreateSource = (origin, timeouts) => createOrigin({ origin, timeouts });

const interimThenFin: Behaviour = (socket) => socket.end("HTTP/1.1 103 Early Hints\r\n\r\n");

describe("a connection", () => {
  test("is kept for the next request", async () => {
    const { origin, source } = await withOrigin(create);
    for (const _ of Array(3)) await read(await ask(source));
    expect(origin.connections).toBe(1);
  });

  test.each([
    ["HEAD", { method: "HEAD" }],
    ["POST", { method: "POST" }],
  ])("is not kept after %s, nor taken from those that are", async (_, request) => {
    const { origin, source } = await withOrigin(create);
    await read(await ask(source));
    await read(await ask(source, request));
    await read(await ask(source));
    expect(origin.connections).toBe(2);
    expect(origin.requests.map((one) => one.headers.connection)).toEqual([
      "keep-alive",
      "close",
      "keep-alive",
    ]);
  });

  test("is closed when a body is left before its end", async () => {
    const { origin, source } = await withFault(create, inOrder(faults.hangInBody, good()));
    (await ask(source)).body.destroy();
    expect((await read(await ask(source))).toString()).toBe("good");
    expect(origin.connections).toBe(2);
  });

  test.each([
    ["more octets than its Content-Length", faults.longBody],
    ["a second response at once", faults.smuggledResponse],
    ["a second response later", faults.lateSmuggledResponse],
  ])("is never used again after %s", async (_, behaviour) => {
    const { origin, source } = await withFault(create, inOrder(behaviour, good()));
    expect((await read(await ask(source))).toString()).toBe("0123456789");
    // Long before it would be closed for idleness.
    await expect.poll(() => origin.open, { timeout: 1_000 }).toBe(0);
    expect((await read(await ask(source))).toString()).toBe("good");
    expect(origin.connections).toBe(2);
  });

  test("on which HEAD was answered with a body does not spoil the next response", async () => {
    const smuggler = sends("HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n");
    const { source } = await withFault(
      create,
      inOrder((socket, request) => {
        smuggler(socket, request);
        setTimeout(() => faults.smuggledResponse(socket, request), 20);
      }, good()),
    );
    expect(await read(await ask(source, { method: "HEAD" }))).toHaveLength(0);
    expect((await read(await ask(source))).toString()).toBe("good");
  });

  test("is waited for when as many as may be are in use", async () => {
    const limited: CreateSource = (origin, timeouts) =>
      createOrigin({ origin, timeouts, connections: 2 });
    const { origin, source } = await withFault(limited, faults.hang, { connectMs: 500 });
    const given = [new AbortController(), new AbortController()];
    const waiting = given.map(({ signal }) => ask(source, {}, { signal }));
    const outcome = Promise.allSettled(waiting);
    await expect(ask(source)).rejects.toMatchObject({ fault: "connect-timeout" });
    expect(origin.connections).toBe(2);
    const fourth = ask(source);
    origin.behave(good());
    given[0]?.abort();
    expect((await read(await fourth)).toString()).toBe("good");
    given[1]?.abort();
    await outcome;
  });
});

describe("a kept connection that turns out to be dead", () => {
  test.each(["GET", "OPTIONS", "TRACE", "DELETE", "PUT"])(
    "is replaced by a new one: %s without a body is sent again",
    async (method) => {
      const { origin, source } = await withFault(
        create,
        inOrder(good(), faults.fin, good("again")),
      );
      await read(await ask(source));
      expect((await read(await ask(source, { method }))).toString()).toBe("again");
      expect(origin.requests).toHaveLength(3);
      expect(origin.connections).toBe(2);
    },
  );

  test("is replaced once only", async () => {
    const { origin, source } = await withFault(
      create,
      inOrder(good(), faults.reset, faults.fin, good()),
    );
    await read(await ask(source));
    await expect(ask(source)).rejects.toMatchObject({ fault: "reset" });
    expect(origin.requests).toHaveLength(3);
  });

  const once: [string, string, Behaviour, boolean][] = [
    ["a response has begun", "GET", faults.finInHead, true],
    ["an interim response has come", "GET", interimThenFin, true],
    ["the connection was new", "GET", faults.fin, false],
    ["the method is not idempotent", "POST", faults.fin, true],
    ["the origin is slow", "GET", faults.hang, true],
  ];
  test.each(once)("is no reason to send again when %s", async (_, method, behaviour, kept) => {
    const { origin, source } = await withFault(
      create,
      kept ? inOrder(good(), behaviour, good()) : inOrder(behaviour, good()),
      { firstByteMs: 500 },
    );
    if (kept) await read(await ask(source));
    await expect(ask(source, { method })).rejects.toMatchObject({ name: "SourceError" });
    expect(origin.requests).toHaveLength(kept ? 2 : 1);
  });
});

describe("the environment", () => {
  test("names proxies in vain", async () => {
    for (const name of ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
      vi.stubEnv(name, "http://127.0.0.1:1");
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    const { origin, source } = await withOrigin(create);
    await read(await ask(source));
    vi.unstubAllEnvs();
    expect(origin.requests).toHaveLength(1);
  });
});

test("many sources share one signal without a warning", async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error) => warnings.push(warning);
  process.on("warning", listener);
  const { origin } = await withOrigin(create);
  const { signal } = new AbortController();
  const sources = Array.from({ length: 12 }, () =>
    create(origin.url, { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000, totalMs: 1_000 }),
  );
  for (const source of sources) await read(await ask(source, {}, { signal }));
  for (const source of sources) await source.close();
  await new Promise(setImmediate);
  process.off("warning", listener);
  expect(warnings).toEqual([]);
});
