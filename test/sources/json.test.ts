import { gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { createGuard } from "../../src/sources/guard.ts";
import { herokuRequest } from "../../src/sources/heroku.ts";
import { createJsonSource, type JsonSourceOptions } from "../../src/sources/json.ts";
import { type Answer, type Origin, startOrigin } from "../helpers/origin.ts";

async function open(
  optionsOf: (origin: Origin) => Partial<JsonSourceOptions> = () => ({}),
): Promise<{ origin: Origin; read: (signal?: AbortSignal) => Promise<unknown> }> {
  const origin = await startOrigin();
  const source = createJsonSource({
    ...{ url: `${origin.url}/a`, timeoutMs: 5_000, maxBody: 1_000, guard: createGuard() },
    ...optionsOf(origin),
  });
  onTestFinished(async () => {
    await source.close();
    await origin.stop();
  });
  return { origin, read: (signal = new AbortController().signal) => source.read(signal) };
}

test("a document is read, byte order mark or not", async () => {
  const { origin, read } = await open();
  origin.answers('{"a":["é",null]}', "\ufeff[1]", "7");
  expect([await read(), await read(), await read()]).toEqual([{ a: ["é", null] }, [1], 7]);
  expect(origin.requests[0]).toMatchObject({ method: "GET", url: "/a" });
  expect(origin.requests[0]?.headers).toMatchObject({
    accept: "application/json",
    "accept-encoding": "identity",
    "user-agent": "warmfront",
  });
});

test("query and credentials of the URL are sent, the latter as Basic authentication", async () => {
  const { origin, read } = await open(({ url }) => ({
    url: `${url.replace("//", "//us%40er:p%3Aw@")}/a?x=%20y`,
  }));
  origin.answers("1");
  await read();
  expect(origin.requests[0]?.url).toBe("/a?x=%20y");
  const sent = origin.requests[0]?.headers.authorization?.split(" ")[1] ?? "";
  expect(String(Buffer.from(sent, "base64"))).toBe("us@er:p:w");
});

test("fields of a request take the place of standard ones", async () => {
  const { origin, read } = await open(({ url }) => ({
    ...herokuRequest({ app: "my app/x", apiToken: "t0ken", baseUrl: `${url}/base/` }),
  }));
  origin.answers("{}");
  await read();
  expect(origin.requests[0]?.url).toBe("/base/apps/my%20app%2Fx/config-vars");
  expect(origin.requests[0]?.headers).toMatchObject({
    authorization: "Bearer t0ken",
    accept: "application/vnd.heroku+json; version=3",
  });
  expect(origin.requests[0]?.rawHeaders.filter((name) => name === "Accept")).toHaveLength(1);
});

test("a redirect within the origin is followed, and signed anew", async () => {
  const { origin, read } = await open(() => ({ fields: (url) => ["X-Of", url.pathname] }));
  origin.answers({ status: 302, headers: { Location: "/b?c" } }, '"there"');
  expect(await read()).toBe("there");
  expect(origin.requests.map(({ url, headers }) => [url, headers["x-of"]])).toEqual([
    ["/a", "/a"],
    ["/b?c", "/b"],
  ]);
});

test.each(["http://localhost:1/", "https://127.0.0.1/", "//[::1]/", "http://169.254.169.254/"])(
  "a redirect to %s is not followed",
  async (location) => {
    const { origin, read } = await open();
    origin.answers({ status: 307, headers: { Location: location } });
    await expect(read()).rejects.toMatchObject({ fault: "redirected" });
    expect(origin.requests).toHaveLength(1);
  },
);

test("redirects end", async () => {
  const { origin, read } = await open();
  origin.answers({ status: 301, headers: { Location: "/a" } });
  await expect(read()).rejects.toThrow("redirects without end");
  expect(origin.requests).toHaveLength(6);
});

const TOO_MUCH = JSON.stringify("c".repeat(1_000));

test.each<[Answer, string, string]>([
  [{ status: 401, body: "canary" }, "rejected", "does not accept the credentials (status 401)"],
  [{ status: 403, body: "canary" }, "rejected", "does not accept the credentials (status 403)"],
  [{ status: 500, body: "canary" }, "status", "answered with status 500"],
  [{ status: 404, body: "canary" }, "status", "answered with status 404"],
  [{ status: 304 }, "status", "answered with status 304"],
  [{ status: 204 }, "not-json", "something else than JSON"],
  ["canary", "not-json", "something else than JSON"],
  ["", "not-json", "something else than JSON"],
  ['{"canary":1', "not-json", "something else than JSON"],
  [{ body: Buffer.from([0x22, 0xff, 0x22]) }, "not-json", "something else than JSON"],
  [TOO_MUCH, "too-large", "sent more than 1000 bytes"],
  [{ body: gzipSync("1"), headers: { "Content-Encoding": "gzip" } }, "coded", "encoded its answer"],
])("%j is of no use: %s", async (answer, fault, message) => {
  const { origin, read } = await open();
  origin.answers(answer);
  const failure = await read().catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: "AnswerError", fault });
  expect(String(failure)).toContain(message);
  expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toMatch(/canary/);
});

test("a body without end is given up at its limit", async () => {
  const { origin, read } = await open();
  origin.on((_request, response) => {
    response.writeHead(200);
    const more = () => response.destroyed || response.write("x".repeat(600), more);
    more();
  });
  await expect(read()).rejects.toMatchObject({ fault: "too-large" });
});

test("a source that wants to be asked later says when", async () => {
  const { origin, read } = await open();
  origin.answers(
    { status: 429, headers: { "Retry-After": "120" } },
    { status: 500, headers: { "Retry-After": "120" } },
  );
  const before = Date.now();
  const { retryAt } = (await read().catch((error: unknown) => error)) as { retryAt: number };
  expect(retryAt).toBeGreaterThanOrEqual(before + 120_000);
  expect(retryAt).toBeLessThan(before + 180_000);
  await expect(read()).rejects.toMatchObject({ retryAt: undefined });
});

test("a source that does not answer in time, or that is gone, is unreachable", async () => {
  const { origin, read } = await open(() => ({ timeoutMs: 50 }));
  origin.on(() => undefined);
  await expect(read()).rejects.toMatchObject({ name: "SourceError", fault: "first-byte-timeout" });
  await origin.stop();
  await expect(read()).rejects.toMatchObject({ name: "SourceError", fault: "refused" });
});

test("an address that may not be asked is not asked", async () => {
  const { read } = await open(() => ({ url: "http://169.254.169.254/latest/meta-data" }));
  await expect(read()).rejects.toThrow("169.254.169.254 is at no address that may be asked");
});
