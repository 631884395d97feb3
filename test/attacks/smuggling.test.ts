/** Messages of which two readers disagree where they end (RFC 9112 §6, §11.2). */
import { expect, test } from "vitest";
import { startFront } from "../helpers/front.ts";
import { type RawReply, sendRaw } from "../helpers/raw.ts";

const HIDDEN = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
const HOST = "Host: front.example\r\n";

function post(fields: string, body: string, line = "POST /doc HTTP/1.1"): string {
  return `${line}\r\n${HOST}${fields}\r\n${body}`;
}

const chunked = "Transfer-Encoding: chunked\r\n";
const LENGTH = `Content-Length: ${HIDDEN.length + 5}\r\n`;
/** Ends at once for who reads chunks, and holds a request for who does not. */
const ENDED = `0\r\n\r\n${HIDDEN}`;
const IN_CHUNK = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;

const FRAMINGS: Record<string, string> = {
  "CL.TE": post(`${LENGTH}${chunked}`, ENDED),
  "TE.CL": post(`${chunked}Content-Length: 4\r\n`, IN_CHUNK),
  "CL.0 for GET": post(`Content-Length: ${HIDDEN.length}\r\n`, HIDDEN, "GET /doc HTTP/1.1"),
  "CL.0 for HEAD": post(`Content-Length: ${HIDDEN.length}\r\n`, HIDDEN, "HEAD /doc HTTP/1.1"),
  "TE.0 for GET": post(chunked, IN_CHUNK, "GET /doc HTTP/1.1"),
  "CL.0 for OPTIONS": post(`Content-Length: ${HIDDEN.length}\r\n`, HIDDEN, "OPTIONS /doc HTTP/1.1"),
  "two Content-Lengths": post(`Content-Length: 0\r\n${LENGTH}`, ENDED),
  "the same Content-Length twice": post(`${LENGTH}${LENGTH}`, ENDED),
  "a list of Content-Lengths": post(`Content-Length: 0, ${HIDDEN.length}\r\n`, HIDDEN),
};

const LENGTHS = [
  "+0",
  "-1",
  "0x0",
  "0 0",
  "1e1",
  "",
  "٠",
  "99999999999999999999",
  "0;a",
  "0\t1",
  '"0"',
];
for (const value of LENGTHS)
  FRAMINGS[`Content-Length: ${value}`] = post(`Content-Length: ${value}\r\n`, HIDDEN);

const CODINGS = [
  ...[
    "xchunked",
    "chunked, identity",
    "identity, chunked",
    "identity",
    "chunked, chunked",
    "gzip, chunked",
  ],
  ...[
    "chunke d",
    "chunked\x0b",
    "\x0bchunked",
    '"chunked"',
    "chunked;q=1",
    "chunked,",
    ",chunked",
    "cow",
  ],
];
for (const value of CODINGS)
  FRAMINGS[`Transfer-Encoding: ${value}`] = post(`Transfer-Encoding: ${value}\r\n${LENGTH}`, ENDED);

const FIELDS: Record<string, string> = {
  "a blank before the colon": "Transfer-Encoding : chunked\r\n",
  "a blank before the name": " Transfer-Encoding: chunked\r\n",
  "a folded value": "Transfer-Encoding:\r\n chunked\r\n",
  "a second coding": `${chunked}Transfer-Encoding: identity\r\n`,
  "a line feed before it": "X: y\nTransfer-Encoding: chunked\r\n",
  "a carriage return before it": "X: y\rTransfer-Encoding: chunked\r\n",
  "a NUL in its name": "Transfer\0-Encoding: chunked\r\n",
  "a NUL behind it": "Transfer-Encoding: chunked\0\r\n",
  "no colon": "Transfer-Encoding chunked\r\n",
  "an underscore": "Transfer_Encoding: chunked\r\n",
};
for (const [name, field] of Object.entries(FIELDS))
  FRAMINGS[`Transfer-Encoding with ${name}`] = post(`${field}${LENGTH}`, ENDED);

const size = HIDDEN.length.toString(16);
const CHUNKS: Record<string, string> = {
  "an extension": `${size};a=b;c="d"\r\n${HIDDEN}\r\n0\r\n\r\n`,
  "an extension with a line feed": `1;a\nx\r\n${size}\r\n${HIDDEN}\r\n0\r\n\r\n`,
  "line feeds alone": `1\nx\n0\n\n${HIDDEN}`,
  "a carriage return alone": `1\rx\r0\r\r${HIDDEN}`,
  "a size in 0x": `0x1\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a signed size": `+1\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a negative size": `-1\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a size that overflows": `10000000000000001\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "a blank behind its size": `1 \r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "no size": `\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  "no line end behind its data": `1\r\nx0\r\n\r\n${HIDDEN}`,
  "more data than its size": `1\r\nxyz\r\n0\r\n\r\n${HIDDEN}`,
  "a second framing in its trailers": `1\r\nx\r\n0\r\nTransfer-Encoding: chunked\r\nContent-Length: 99\r\n\r\n`,
};
for (const [name, body] of Object.entries(CHUNKS))
  FRAMINGS[`a chunk with ${name}`] = post(chunked, body);

const LINES: Record<string, string> = {
  "line feeds alone": `GET /doc HTTP/1.1\nHost: x\n\n${HIDDEN}`,
  "carriage returns alone": `GET /doc HTTP/1.1\rHost: x\r\r${HIDDEN}`,
  "a coding in HTTP/1.0": post(`${chunked}Connection: keep-alive\r\n`, ENDED, "POST /doc HTTP/1.0"),
  "HTTP/0.9": `GET /doc\r\n\r\n${HIDDEN}`,
  "HTTP/1.2": `GET /doc HTTP/1.2\r\n${HOST}\r\n${HIDDEN}`,
  "HTTP/2 in clear text": `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${HIDDEN}`,
  "a tab": `GET\t/doc\tHTTP/1.1\r\n${HOST}\r\n${HIDDEN}`,
  "something behind the version": `GET /doc HTTP/1.1 x\r\n${HOST}\r\n${HIDDEN}`,
  "a field line without a name": `GET /doc HTTP/1.1\r\n${HOST}: x\r\n\r\n${HIDDEN}`,
  "a method in lower case": `get /doc HTTP/1.1\r\n${HOST}\r\n${HIDDEN}`,
};
for (const [name, octets] of Object.entries(LINES)) FRAMINGS[`a head with ${name}`] = octets;

/** Read in one way only: the hidden request is octets of a body, or not there. */
const PLAIN = [
  ...["CL.0 for OPTIONS", "Transfer-Encoding with an underscore", "a chunk with an extension"],
];
/** Only a transparent route takes these. */
const FAT = ["CL.0 for GET", "CL.0 for HEAD", "TE.0 for GET"];

/** Sends and waits for the end of the connection, or for an answer that leaves it open. */
function send(port: number, octets: string): Promise<RawReply> {
  return sendRaw(port, octets, { until: (text) => /\r\n\r\n/.test(text) && !/: close/.test(text) });
}

test.each(["api", "transparent"] as const)(
  "preset %s: a hidden request never reaches the source, and a message in doubt ends the connection",
  async (preset) => {
    await using front = await startFront({ preset });
    front.origin.on((req, res) => {
      req.resume().on("end", () => res.end(`answer to ${req.url}`));
    });
    for (const [name, octets] of Object.entries(FRAMINGS)) {
      const before = front.origin.requests.length;
      const reply = await send(front.port, octets);
      const clean = await front.ask("/clean");
      expect({ name, text: clean.text }).toEqual({ name, text: "answer to /clean" });
      const seen = front.origin.requests.slice(before).map(({ url }) => url);
      const plain = PLAIN.includes(name) || (preset === "transparent" && FAT.includes(name));
      expect({ name, closed: reply.closed, statuses: reply.statuses, seen }).toEqual(
        plain
          ? { name, closed: false, statuses: [200], seen: ["/doc", "/clean"] }
          : { name, closed: true, statuses: [400], seen: ["/clean"] },
      );
    }
  },
);

test.each([
  ["h2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n"],
  ["websocket", "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"],
  ["TLS", "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n"],
])("an upgrade to %s is not made, here or at the source", async (_, fields) => {
  await using front = await startFront({ preset: "transparent" });
  for (const behind of ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x81\x85", HIDDEN]) {
    const octets = `GET /doc HTTP/1.1\r\n${HOST}${fields}\r\n${behind}`;
    expect((await send(front.port, octets)).statuses).toEqual([200]);
    await front.ask("/clean");
  }
  expect(new Set(front.origin.requests.map(({ url }) => url))).toEqual(new Set(["/doc", "/clean"]));
  const { headers } = front.origin.requests[0] as { headers: Record<string, unknown> };
  expect(headers).toMatchObject({ connection: "keep-alive" });
  expect(headers).not.toHaveProperty("upgrade");
  expect(headers).not.toHaveProperty("http2-settings");
});

test("the body of a request that was refused is not read as the next request", async () => {
  await using front = await startFront();
  const fat = post(`Content-Length: ${HIDDEN.length}\r\n`, HIDDEN, "GET /doc HTTP/1.1");
  const reply = await sendRaw(front.port, fat + HIDDEN);
  expect(reply).toMatchObject({ statuses: [400], closed: true });
  await front.ask("/clean");
  expect(front.origin.requests.map(({ url }) => url)).toEqual(["/clean"]);
});

const FAT_BODY = { method: "GET", body: "poison", headers: { "Content-Length": "6" } };

test("a GET with a body neither reaches the source of an api nor stands in anybody's way", async () => {
  await using front = await startFront({ freshness: { freshForMs: 60_000 } });
  front.origin.on((req, res) => {
    let body = "";
    req.on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => res.end(`asked with "${body}"`));
  });
  for (const method of ["GET", "HEAD"]) {
    expect((await front.ask("/doc", { ...FAT_BODY, method })).status).toBe(400);
  }
  expect((await front.ask("/doc")).text).toBe('asked with ""');
  expect((await front.ask("/doc", FAT_BODY)).status).toBe(400);
  expect((await front.ask("/doc")).text).toBe('asked with ""');
  expect(front.origin.requests).toHaveLength(1);
});

test("a GET with a body passes a transparent route and is not stored", async () => {
  await using front = await startFront({ preset: "transparent" });
  front.origin.on((req, res) => {
    let body = "";
    req.on("data", (chunk) => {
      body += chunk;
    });
    req.on("end", () => res.writeHead(200, { "Cache-Control": "max-age=60" }).end(`"${body}"`));
  });
  expect((await front.ask("/doc", FAT_BODY)).text).toBe('"poison"');
  expect((await front.ask("/doc")).text).toBe('""');
});
