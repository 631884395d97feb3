/** What a source sends that could be read as more, or as something else, than one response. */
import { expect, test } from "vitest";
import { type FaultOrigin, startFaultOrigin } from "../helpers/fault-origin.ts";
import { type Behaviour, faults, good, sends } from "../helpers/faults.ts";
import { type FrontOptions, startFront, type TestFront, testRoute } from "../helpers/front.ts";
import { head, sendRaw } from "../helpers/raw.ts";
import { stored } from "../helpers/stored.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const TEN = "Content-Length: 10\r\n\r\n0123456789";
const SPLIT = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled";

/** A source that misbehaves once, and then is good. */
async function startBehind(
  behaviour: Behaviour,
  options: FrontOptions = {},
): Promise<AsyncDisposable & { readonly front: TestFront; readonly origin: FaultOrigin }> {
  const origin = await startFaultOrigin(behaviour);
  const route = testRoute(origin.url, { freshness: { freshForMs: 60_000 }, ...options });
  const front = await startFront({ routes: [route] });
  return {
    front,
    origin,
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await origin.stop();
    },
  };
}

const UNTRUSTED: Record<string, Behaviour> = {
  "a NUL in a field": faults.nulInValue,
  "a carriage return in a field": faults.crInValue,
  "a line feed in a field": faults.lfInValue,
  "a folded field": faults.obsFold,
  "a folded first field": sends(`${OK} X: folded\r\n${TEN}`),
  "a space in a name": faults.spaceInName,
  "a space before a colon": faults.spaceBeforeColon,
  "a name that is empty": sends(`${OK}: value\r\n${TEN}`),
  "a line without a colon": sends(`${OK}not a field\r\n${TEN}`),
  "a carriage return in the status line": sends(`HTTP/1.1 200 OK\rX: y\r\n${TEN}`),
  "a NUL in the status line": sends(`HTTP/1.1 200 O\0K\r\n${TEN}`),
  "line feeds for line ends": sends(`HTTP/1.1 200 OK\nContent-Length: 10\n\n0123456789`),
  "two Content-Lengths": faults.twoContentLengths,
  "a list of Content-Lengths": sends(`${OK}Content-Length: 10, 10\r\n\r\n0123456789`),
  "a negative Content-Length": faults.negativeContentLength,
  "a Content-Length beyond all numbers": faults.hugeContentLength,
  "a Content-Length beside chunks": faults.lengthAndChunked,
  "a transfer coding twice": sends(
    `${OK}Transfer-Encoding: chunked, chunked\r\n\r\n5\r\n01234\r\n0\r\n\r\n`,
  ),
  "a second status line for a field": sends(`${OK}${SPLIT}`),
  "HTTP/0.9": faults.http09,
  "HTTP/2": faults.http2,
  rubbish: faults.rubbish,
  "status 99": faults.status099,
  "status 600": faults.status600,
  "status 1000": faults.status1000,
  "a change of protocol": faults.switchingProtocols,
  "10,000 fields": faults.tenThousandFields,
  "a field of a megabyte": faults.megabyteField,
  "endless interim responses": faults.endlessInterim,
};

test.each(Object.entries(UNTRUSTED))(
  "%s is answered 502 and nothing of it is stored",
  async (_, behaviour) => {
    await using world = await startBehind(behaviour);
    const { front, origin } = world;
    const refused = await front.ask("/doc");
    expect(refused.status).toBe(502);
    expect(JSON.parse(refused.text).type).toBe("urn:warmfront:problem:source-malformed");
    expect(refused.rawHeaders.join()).not.toMatch(/set-cookie|smuggled/i);
    origin.behave(good());
    expect((await front.ask("/doc")).cacheStatus).toContain("fwd=uri-miss");
    expect((await front.ask("/doc")).text).toBe("good");
  },
);

test.each(Object.entries(UNTRUSTED))(
  "%s does not take the last good answer away",
  async (_, behaviour) => {
    const freshness = { freshForMs: 1_000, staleIfErrorMs: 60_000 };
    await using world = await startBehind(good("kept"), { freshness });
    const { front, origin } = world;
    await stored(front, "/doc");
    front.advance(2_000);
    origin.behave(behaviour);
    expect(await front.ask("/doc")).toMatchObject({ status: 200, text: "kept" });
  },
);

test.each([
  ["at once", faults.smuggledResponse],
  ["a moment later", faults.lateSmuggledResponse],
])("a second response that comes %s answers nobody's request", async (_, behaviour) => {
  await using world = await startBehind(behaviour);
  const { front, origin } = world;
  expect((await front.ask("/one")).text).toBe("0123456789");
  origin.behave(good());
  for (const path of ["/two", "/three"]) expect((await front.ask(path)).text).toBe("good");
  expect((await front.ask("/one")).text).toBe("0123456789");
});

test("a body behind the answer to HEAD, or behind a 204 or a 304, answers nobody's request", async () => {
  const bodiless = ["204 No Content", "304 Not Modified"].map((status) =>
    sends(`HTTP/1.1 ${status}\r\nContent-Length: ${SPLIT.length}\r\n\r\n${SPLIT}`),
  );
  const head = sends(`${OK}Content-Length: ${SPLIT.length}\r\n\r\n${SPLIT}`);
  for (const [method, behaviour] of [["HEAD", head], ...bodiless.map((one) => ["GET", one])] as [
    string,
    Behaviour,
  ][]) {
    await using world = await startBehind(behaviour);
    const { front, origin } = world;
    const answer = await front.ask("/one", { method });
    expect(answer.text).toBe("");
    if (answer.status === 204) expect(answer.headers).not.toHaveProperty("content-length");
    origin.behave(good());
    for (const path of ["/two", "/three"]) expect((await front.ask(path)).text).toBe("good");
  }
});

test("an interim response brings no framing, no connection fields and no line ends of its own", async () => {
  const hints = [
    ...["Link: </a>; rel=preload", "Content-Length: 0"],
    ...["Connection: x-named", "X-Named: 1", "Keep-Alive: 1", "Upgrade: h2c"],
  ];
  const interim = `HTTP/1.1 103 Early Hints\r\n${hints.join("\r\n")}\r\n\r\n`;
  await using world = await startBehind(sends(interim, `${OK}${TEN}`));
  const { text } = await sendRaw(world.front.port, head("GET /doc HTTP/1.1"));
  const [first, second] = text.split("\r\n\r\n");
  expect(first).toBe("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload");
  expect(second).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("no text of a request or a configuration becomes a line of an answer", async () => {
  await using front = await startFront({
    bypass: { query: [], methods: [], fields: ["x-bypass"] },
    freshness: { freshForMs: 60_000 },
  });
  const target = "/a%0d%0aSet-Cookie:%20x=y?q=%0d%0aSet-Cookie:%20x=y";
  for (const path of [target, `/doc?${target}`, `/doc?x="\\`]) {
    const lines = ['X-Request-Id: a"b', "X-Bypass: 1", 'Accept: "\\'];
    const { text } = await sendRaw(front.port, head(`GET ${path} HTTP/1.1`, ...lines));
    expect(text).not.toMatch(/^set-cookie/im);
    expect(text).toMatch(/^HTTP\/1\.1 (?:200|400) /);
  }
});
