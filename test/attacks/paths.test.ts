/** Forms of a path that a cache and its source may read differently (RFC 3986 §3.3, §6). */
import { expect, test } from "vitest";
import { startFront, type TestFront } from "../helpers/front.ts";
import { head, oneResponse, type RawReply, sendRaw } from "../helpers/raw.ts";
import { reflecting } from "./twins.ts";

/** Forms that one source reads as one thing and the next as another, and that pass as they are. */
const PASSED = [
  ..."/a/b //a/b /a//b /a/b/ /a/b// /A/b /a/B /%61/b /a/%62 /%41/b /a%2Fb /a%2fb /a%5Cb /a%5cb".split(
    " ",
  ),
  ..."/a/b;x /a;x/b /a/b;x=1 /a/b;X=1 /a/b%3Bx /a/b%3bx /a/b?  /a/b?x /a/b?x= /a/b?X /a/b?%78".split(
    " ",
  ),
  ..."/a/b%3Fx /a/b%3fx /a/b%23x /a/b%2523x /a/b%20 /a/b+ /a/b%2B /a/b%25 /a/b%2525 /a/b%".split(
    " ",
  ),
  ..."/a/b%zz /a/b%2 /a/b. /a/b.. /a/.b /a/..b /a/b/... /a/b.css /a/b%2Ecss /a/b%c0%af /a/b%c0%ae%c0%ae".split(
    " ",
  ),
  ..."/a/b%C3%A9 /a/b%c3%a9 /a/be%CC%81 /a/b%E9 /a/b%uff0e /a/b%ef%bc%8e%ef%bc%8e /a/b%e2%80%ae /a/b%C2%A0".split(
    " ",
  ),
  ..."/a/b: /a/b:80 /a/b@c /a@b/c /a/b* /a/* /a/[b] /a/{b} /a/b| /a/b^ /a/b` /a/b' /a/b\" /a/b< /a/b~".split(
    " ",
  ),
  ..."/http://a/b /a/http:/b /a/b?a/../b /a/b?%2e%2e/ /a/b?a\\b /a/b?x=%00 /a/b?x=%0a /a/b?#".split(
    " ",
  ),
].filter((form) => form !== "" && form !== "/a/b?#");

/** Forms that could lead elsewhere or hide something, refused with 400. */
const REFUSED = [
  ..."/a/../b /a/./b /../a /./a /a/.. /a/. /. /.. /a/%2e%2e/b /a/%2E%2E/b /a/.%2e/b /a/%2e./b /a/%2e/b".split(
    " ",
  ),
  ..."/a/..;/b /a/..;x=1/b /a/.;/b /a/..%3b/b /a/..%2fb /a/..%2Fb /a/%2e%2e%2fb /a/..%5cb /a/%2e%2e%5c".split(
    " ",
  ),
  ..."/a\\b /a\\..\\b /a/..\\b /a%00b /a/b%00.css /a%0ab /a%0d%0ab /a%09b /a%1fb /a%7fb".split(" "),
  ..."/a/b#x /a/b?x#y /a/b#".split(" "),
];

/** Octets that cannot stand in a request line. */
const UNREADABLE = [
  "/a b",
  "/a\tb",
  "/a\0b",
  "/a\rb",
  "/a\x7fb",
  "/a\xe9b",
  "/a\xc0\xafb",
  "/\xff",
];

function askRaw(front: TestFront, target: string): Promise<RawReply> {
  return sendRaw(front.port, head(`GET ${target} HTTP/1.1`), { until: oneResponse });
}

/** The target of the request that made an answer. */
function madeFor({ text }: RawReply): string {
  return (JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4)) as string[])[1] as string;
}

test("two targets share an answer exactly when the source is sent the same octets", async () => {
  expect(new Set(PASSED).size).toBeGreaterThan(60);
  await using front = await startFront();
  front.origin.on(reflecting());
  for (const round of ["miss", "hit"]) {
    for (const form of PASSED)
      expect({ round, target: madeFor(await askRaw(front, form)) }).toEqual({
        round,
        target: form,
      });
  }
  expect(front.origin.requests.map(({ url }) => url)).toEqual([...new Set(PASSED)]);
});

test("a prefix that is taken off and a path that is put before it make no two targets one", async () => {
  await using front = await startFront();
  const { origin } = front;
  origin.on(reflecting());
  const source = {
    origin: origin.url,
    basePath: "/v2",
    stripPrefix: "/api",
    timeouts: { connectMs: 1_000, firstByteMs: 5_000, idleMs: 5_000, totalMs: 30_000 },
  };
  await using stripping = await startFront({ path: "/api/*", source, redis: front.redis, origin });
  for (const form of PASSED) {
    expect(madeFor(await askRaw(stripping, `/api${form}`))).toBe(`/v2${form}`);
    expect(madeFor(await askRaw(front, `/v2${form}`))).toBe(`/v2${form}`);
  }
});

test.each([
  ["dots, backslashes and controls", REFUSED, 400],
  ["octets that no request line has", UNREADABLE, 400],
])("%s are refused and reach neither source nor store", async (_, forms, status) => {
  await using front = await startFront();
  front.origin.on(reflecting());
  for (const form of forms) {
    const reply = await askRaw(front, form);
    expect({ form, statuses: reply.statuses }).toEqual({ form, statuses: [status] });
  }
  expect(front.origin.requests).toHaveLength(0);
});

test("a route that refuses encoded slashes refuses each of their spellings", async () => {
  await using front = await startFront({ encodedSlashes: "refuse" });
  for (const form of ["/a%2Fb", "/a%2fb", "/a%5Cb", "/a%5cb"])
    expect((await askRaw(front, form)).statuses).toEqual([400]);
  expect(front.origin.requests).toHaveLength(0);
});

test("a route is found by the octets that are sent, not by what they decode to", async () => {
  await using front = await startFront({ path: "/public/*" });
  front.origin.on(reflecting());
  for (const form of [
    "/%70ublic/x",
    "/PUBLIC/x",
    "//public/x",
    "/public",
    "/public%2Fx",
    "/x/public/x",
  ])
    expect({ form, statuses: (await askRaw(front, form)).statuses }).toEqual({
      form,
      statuses: [404],
    });
  for (const form of ["/public/../private", "/public/%2e%2e/private", "/public/..;/private"])
    expect((await askRaw(front, form)).statuses).toEqual([400]);
  expect(front.origin.requests).toHaveLength(0);
});

test("a name that ends like a style sheet makes no answer public: only the source's own word does", async () => {
  await using front = await startFront();
  front.origin.on((req, res) => {
    const who = req.headers.authorization ?? "nobody";
    res.writeHead(200, { "Cache-Control": "private, max-age=60", "Content-Type": "text/html" });
    res.end(`account of ${who}`);
  });
  const forms = [
    "/me/x.css",
    "/me.css",
    "/me/x.js?v=1",
    "/me/%2e.css",
    "/me;x.css",
    "/me%3Fx.png",
    "/me%23x.png",
    "/me%0a.css",
  ];
  for (const form of forms) {
    await front.ask(form, { headers: { Authorization: "Bearer victim" } });
    expect((await front.ask(form)).text, form).not.toContain("victim");
  }
});

test("a source that forgets to say whose an answer is gets it stored for nobody else, whatever the name", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  front.origin.on((req, res) => res.end(`account of ${req.headers.authorization ?? "nobody"}`));
  await front.ask("/me/x.css", { headers: { Authorization: "Bearer victim" } });
  expect((await front.ask("/me/x.css")).text).toBe("account of nobody");
  const other = await front.ask("/me/x.css", { headers: { Authorization: "Bearer other" } });
  expect(other.text).toBe("account of Bearer other");
});
