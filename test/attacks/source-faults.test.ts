/** Every way in which a source can fail, seen from a client of the front. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { type FaultOrigin, refusingUrl, startFaultOrigin } from "../helpers/fault-origin.ts";
import { type Behaviour, faults, GZIPPED, good, hugeBody, trickle } from "../helpers/faults.ts";
import { type RouteOptions, startFront, type TestFront, testRoute } from "../helpers/front.ts";
import { stored } from "../helpers/stored.ts";

const TIMEOUTS = { connectMs: 500, firstByteMs: 300, idleMs: 300, totalMs: 2_000 };

async function startBehind(behaviour: Behaviour, options: RouteOptions = {}) {
  const origin = await startFaultOrigin(behaviour);
  const front = await frontOf(origin.url, options);
  return {
    front,
    origin,
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await origin.stop();
    },
  };
}

function frontOf(url: string, options: RouteOptions = {}): Promise<TestFront> {
  const route = testRoute(url, { freshness: { freshForMs: 60_000 }, ...options });
  return startFront({ routes: [{ ...route, source: { ...route.source, timeouts: TIMEOUTS } }] });
}

/** An answer, or the error of a connection that broke. */
function askOrBreak(front: TestFront, path: string) {
  return front.ask(path).then(
    ({ status, text }) => ({ status, text }),
    (error: NodeJS.ErrnoException) => error.code,
  );
}

/** Once the source is well, the first answer comes from it and later ones from the store. */
async function expectNothingStored({ front, origin }: { front: TestFront; origin: FaultOrigin }) {
  origin.behave(good("mended"));
  const first = await front.ask("/doc");
  expect(first).toMatchObject({ status: 200, text: "mended" });
  expect(first.cacheStatus).not.toContain("hit");
  // It is stored a moment after it was sent.
  await expect
    .poll(async () => (await front.ask("/doc")).cacheStatus, { timeout: 5_000 })
    .toContain("hit");
}

const BEFORE_BODY: [string, Behaviour, number, string][] = [
  ["ends without a word", faults.fin, 502, "source-unavailable"],
  ["resets the connection", faults.reset, 502, "source-unavailable"],
  ["ends in its head", faults.finInHead, 502, "source-unavailable"],
  ["resets in its head", faults.resetInHead, 502, "source-unavailable"],
  ["says nothing", faults.hang, 504, "source-timeout"],
  ["stops in its head", faults.hangInHead, 504, "source-timeout"],
  ["says Continue without end", faults.endlessContinue, 502, "source-malformed"],
  ["sends interim responses without end", faults.endlessInterim, 502, "source-malformed"],
  ["sends a head without end", faults.endlessHead, 502, "source-malformed"],
  ["sends 10,000 fields", faults.tenThousandFields, 502, "source-malformed"],
];

test.each(BEFORE_BODY)(
  "a source that %s: a problem says so and nothing is stored",
  async (_, behaviour, status, type) => {
    await using world = await startBehind(behaviour);
    const answer = await world.front.ask("/doc");
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({
      status,
      type: `urn:warmfront:problem:${type}`,
    });
    expect(answer.headers["cache-control"]).toBe("no-store");
    await expectNothingStored(world);
  },
);

test.each(BEFORE_BODY)("a source that %s: the last good answer stands in", async (_, behaviour) => {
  const freshness = { freshForMs: 1_000, staleIfErrorMs: 3_600_000 };
  await using world = await startBehind(good("kept"), { freshness });
  const { front, origin } = world;
  await stored(front, "/doc");
  front.advance(60_000);
  origin.behave(behaviour);
  const answers = await Promise.all(Array.from({ length: 5 }, () => front.ask("/doc")));
  for (const answer of answers) expect(answer).toMatchObject({ status: 200, text: "kept" });
});

test("a source that refuses connections is answered for with 502", async () => {
  await using front = await frontOf(await refusingUrl());
  const answer = await front.ask("/doc");
  expect(answer.status).toBe(502);
  expect(JSON.parse(answer.text).type).toBe("urn:warmfront:problem:source-unavailable");
});

const IN_BODY: [string, Behaviour][] = [
  ["sends less than its Content-Length", faults.shortBody],
  ["resets in a body of known length", faults.resetInBody],
  ["ends between chunks", faults.finInChunks],
  ["resets between chunks", faults.resetInChunks],
  ["resets in a body that ends with the connection", faults.resetInUnframedBody],
  ["sends a chunk without a size", faults.badChunk],
  ["sends a chunk of another size", faults.wrongChunkLength],
  ["stops in its body", faults.hangInBody],
  ["sends an octet a second", trickle(1_000)],
];

test.each(IN_BODY)(
  "a source that %s: the client's connection is cut and nothing is stored",
  async (_, behaviour) => {
    await using world = await startBehind(behaviour);
    expect(await askOrBreak(world.front, "/doc")).toBe("ECONNRESET");
    await expectNothingStored(world);
  },
);

test.each(IN_BODY)(
  "a source that %s: whoever waited for it is answered too, and not with a part",
  async (_, behaviour) => {
    await using world = await startBehind(behaviour);
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => askOrBreak(world.front, "/doc")),
    );
    for (const outcome of outcomes)
      if (outcome !== "ECONNRESET")
        expect(outcome).toMatchObject({
          status: expect.any(Number),
          text: expect.stringContaining("problem"),
        });
    await expectNothingStored(world);
  },
);

test.each(IN_BODY)(
  "a source that %s when asked again does not take the last good answer away",
  async (_, behaviour) => {
    const freshness = { freshForMs: 1_000, staleIfErrorMs: 3_600_000 };
    await using world = await startBehind(good("kept"), { freshness });
    const { front, origin } = world;
    await stored(front, "/doc");
    front.advance(60_000);
    origin.behave(behaviour);
    await askOrBreak(front, "/doc");
    await origin.stop();
    expect((await front.ask("/doc")).text).toBe("kept");
  },
);

test("a client of HTTP/1.0, which knows no chunks, does not take a part for the whole either", async () => {
  await using world = await startBehind(faults.finInChunks);
  const socket = connect(world.front.port, "127.0.0.1");
  socket.write("GET /doc HTTP/1.0\r\n\r\n");
  const ended = await new Promise<string>((resolve) => {
    socket.on("data", () => undefined);
    socket.on("end", () => resolve("as if it were whole"));
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code as string));
  });
  expect(ended).toBe("ECONNRESET");
});

test("a packed body arrives octet for octet, on a miss and on a hit, and is not unpacked on the way", async () => {
  await using world = await startBehind(faults.gzip);
  for (const _ of ["miss", "hit"]) {
    const answer = await world.front.ask("/doc", { headers: { "Accept-Encoding": "gzip" } });
    expect(answer.body.equals(GZIPPED)).toBe(true);
    expect(answer.headers).toMatchObject({
      "content-encoding": "gzip",
      "content-length": String(GZIPPED.length),
    });
  }
  expect(world.origin.requests).toHaveLength(1);
});

test.each([
  ["Range", { Range: "bytes=0-9" }],
  ["a condition", { "If-None-Match": '"v"' }],
  ["nothing special", {}],
])("a body that outgrows max_body passes whole, asked for with %s", async (_, headers) => {
  const bytes = 3 * 1024 * 1024;
  for (const framing of ["chunked", "close", "length"] as const) {
    await using world = await startBehind(hugeBody(bytes, framing), { maxBody: 1024 * 1024 });
    const answers = Array.from({ length: 3 }, () => world.front.ask("/doc", { headers }));
    for (const answer of await Promise.all(answers)) {
      expect(answer.status).toBe(200);
      expect(answer.body).toHaveLength(bytes);
    }
    await expectNothingStored(world);
  }
});
