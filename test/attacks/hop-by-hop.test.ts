/** Fields that belong to one connection, and Connection as a way to take others away (RFC 9110 §7.6.1). */
import { expect, test } from "vitest";
import { startFront } from "../helpers/front.ts";
import { head, oneResponse, sendRaw } from "../helpers/raw.ts";
import { stored } from "../helpers/stored.ts";

/** What only ever belongs to a connection. */
const OWN = [
  ...["Keep-Alive", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization"],
  ...["Proxy-Connection", "TE", "Trailer", "Upgrade", "X-Named"],
];
const MARKER = "marked";

function namesIn(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
}

test.each(["api", "transparent"] as const)(
  "preset %s: a client's connection fields do not reach the source",
  async (preset) => {
    await using front = await startFront({ preset });
    const lines = OWN.map((name) => `${name}: ${MARKER}`);
    await sendRaw(
      front.port,
      ["GET /doc HTTP/1.1", "Host: x", ...lines, "Connection: close, x-named", "", ""].join("\r\n"),
      { until: oneResponse },
    );
    expect(front.origin.requests).toHaveLength(1);
    expect(front.origin.requests[0]?.rawHeaders.join()).not.toContain(MARKER);
  },
);

test.each(["api", "transparent"] as const)(
  "preset %s: a source's connection fields are neither passed on nor stored",
  async (preset) => {
    await using front = await startFront({ preset });
    await using cold = await startFront({
      preset,
      redis: front.redis,
      origin: front.origin,
      memory: 0,
    });
    front.origin.on((_req, res) => {
      const fields = OWN.filter((name) => name !== "Trailer").flatMap((name) => [name, MARKER]);
      const connection = ["Connection", "close, X-Named", "Connection", "x-also", "X-Also", MARKER];
      res.writeHead(200, [...fields, ...connection, "Cache-Control", "max-age=60", "X-Kept", "1"]);
      res.end("body");
    });
    for (const one of [front, front, cold]) {
      const answer = await one.ask("/doc");
      expect(answer.rawHeaders.join()).not.toContain(MARKER);
      expect(answer.headers["x-kept"]).toBe("1");
    }
    expect(front.origin.requests).toHaveLength(1);
  },
);

/** What a client might want to hide from the source by naming it. */
const HIDDEN = [
  ...["Host", "Content-Length", "Via", "Cache-Control", "Date"],
  ...["host, via", "close, HOST", ",,host;q=1", "keep-alive, content-length"],
];

test.each(HIDDEN)("Connection: %s takes nothing away that the message needs", async (named) => {
  await using front = await startFront({ preset: "transparent" });
  const fields = ["Date: Thu, 01 Jan 2026 00:00:00 GMT", "Cache-Control: max-age=60"];
  const octets = ["POST /doc HTTP/1.1", "Host: x", "Content-Length: 4", ...fields];
  await sendRaw(front.port, [...octets, `Connection: ${named}`, "", "body"].join("\r\n"), {
    until: oneResponse,
  });
  const [sent] = front.origin.requests;
  expect(sent?.headers.host).toBe(new URL(front.origin.url).host);
  expect(sent?.headers.via).toBe("1.1 warmfront");
  expect(sent?.body.toString()).toBe("body");
});

test("who takes his own credential away with Connection is nobody, here and at the source", async () => {
  for (const options of [{}, { perPrincipal: true }, { preset: "transparent" }] as const) {
    await using front = await startFront(options);
    front.origin.on((req, res) => {
      const who = req.headers.authorization ?? "nobody";
      res.writeHead(200, { "Cache-Control": "max-age=60" }).end(who);
    });
    const lines = ["Authorization: Bearer secret"];
    const octets = ["GET /doc HTTP/1.1", "Host: x", ...lines, "Connection: close, authorization"];
    const reply = await sendRaw(front.port, [...octets, "", ""].join("\r\n"));
    expect(reply.text).toContain("nobody");
    expect(await stored(front, "/doc")).toBe("nobody");
    const mine = await front.ask("/doc", { headers: { Authorization: "Bearer secret" } });
    expect(mine.text).toBe(options.preset === "transparent" ? "nobody" : "Bearer secret");
  }
});

test("a field that an intermediary added may be taken away, and changes no stored answer of preset api", async () => {
  await using front = await startFront();
  front.origin.on((req, res) => {
    res.writeHead(200, { "Cache-Control": "max-age=60" });
    res.end(namesIn(req.rawHeaders).join());
  });
  for (const name of ["x-forwarded-for", "x-real-ip", "forwarded", "accept", "cookie", "via"])
    await sendRaw(front.port, head("GET /doc HTTP/1.1", `${name}: 1`, `Connection: ${name}`));
  expect((await front.ask("/doc")).text).toBe("host,via,connection");
  expect(front.origin.requests).toHaveLength(1);
});

/** Fields by which a response says who may have it, when, and how it is read. */
const RULES: [string, Record<string, string>][] = [
  ["Cache-Control", { "Cache-Control": "private, max-age=60" }],
  ["cache-control, x", { "Cache-Control": "no-store" }],
  ["Vary", { "Cache-Control": "max-age=60", Vary: "*" }],
  ["CDN-Cache-Control", { "Cache-Control": "max-age=60", "CDN-Cache-Control": "no-store" }],
  ["Expires", { Expires: "Thu, 01 Jan 1970 00:00:00 GMT" }],
];

test.each(RULES)("Connection: %s does not let a response shed its rule", async (named, fields) => {
  await using front = await startFront({ preset: "transparent" });
  front.origin.answers({ headers: { ...fields, Connection: named }, body: "body" });
  await front.ask("/doc");
  await front.ask("/doc");
  expect(front.origin.requests).toHaveLength(2);
});

test("a Content-Encoding or Content-Length that Connection names stays with its body", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  const headers = {
    "Content-Encoding": "br",
    "Content-Length": "4",
    Connection: "content-encoding, content-length",
  };
  front.origin.answers({ headers, body: "body" });
  for (const _ of ["miss", "hit"]) {
    const answer = await front.ask("/doc");
    expect(answer.headers).toMatchObject({ "content-encoding": "br", "content-length": "4" });
  }
});
