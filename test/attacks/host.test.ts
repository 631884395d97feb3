/** Requests that name another host than the one they reach (RFC 9112 §3.2), or want the front as a proxy. */
import { expect, test } from "vitest";
import { startFront } from "../helpers/front.ts";
import { oneResponse, type RawReply, sendRaw } from "../helpers/raw.ts";
import { reflecting } from "./twins.ts";

const PRESETS = ["api", "transparent"] as const;

function request(line: string, ...fields: string[]): string {
  return [line, ...fields, "Connection: close", "", ""].join("\r\n");
}

const CLOSE = "Connection: close\r\n";
const GET = "GET /doc HTTP/1.1";

/** Hosts that a source might build links from. */
const HOSTS = [
  ...["evil.example", "EVIL.example", "evil.example.", "evil.example:80", "evil.example:8888"],
  ...[
    "127.0.0.1",
    "[::1]:80",
    "localhost",
    "evil.example:abc",
    ".evil.example",
    "xn--vil-9la.example",
  ],
];

test.each(PRESETS)(
  "preset %s: the source sees its own host, and no answer depends on the client's",
  async (preset) => {
    await using front = await startFront({ preset });
    front.origin.on(reflecting());
    const clean = await front.ask("/doc");
    const own = new URL(front.origin.url).host;
    for (const [i, host] of HOSTS.entries()) {
      const reply = await sendRaw(front.port, request(GET, `Host: ${host}`), {
        until: oneResponse,
      });
      expect(reply.text, host).toContain(clean.text);
      await sendRaw(front.port, request(`GET /cold${i} HTTP/1.1`, `Host: ${host}`), {
        until: oneResponse,
      });
      expect((await front.ask(`/cold${i}`)).text, host).not.toMatch(/evil|localhost|::1/i);
    }
    expect(new Set(front.origin.requests.map(({ headers }) => headers.host))).toEqual(
      new Set([own]),
    );
  },
);

/** Messages that name two hosts or none, or not a host (RFC 9112 §3.2). */
const CONFUSED: [string, string[]][] = [
  ["no Host", []],
  ["two Hosts", ["Host: front.example", "Host: evil.example"]],
  ["the same Host twice", ["Host: front.example", "host: front.example"]],
  ["a Host with a space before its colon", ["Host : front.example"]],
  ["a folded Host", ["Host: front.example", " evil.example"]],
  ["a Host in front of the fields", [" Host: evil.example", "Host: front.example"]],
  ["a Host that is a path", ["Host: front.example/evil"]],
  ["a Host with userinfo", ["Host: front.example@evil.example"]],
  ["a Host with a blank", ["Host: front.example evil.example"]],
];

test.each(CONFUSED)("%s is refused with 400 and the connection ends", async (_, fields) => {
  await using front = await startFront();
  const reply = await sendRaw(
    front.port,
    request(GET, ...fields)
      .repeat(2)
      .replace(CLOSE, ""),
  );
  expect(reply.statuses).toEqual([400]);
  expect(front.origin.requests).toHaveLength(0);
});

/** Requests to a proxy: this front is none. */
const PROXYING: [string, string, number][] = [
  ["an absolute target", "GET http://evil.example/doc HTTP/1.1", 400],
  ["an absolute target with our own host", "GET http://front.example/doc HTTP/1.1", 400],
  ["an absolute target with userinfo", "GET http://a@front.example/doc HTTP/1.1", 400],
  ["an https target", "GET https://evil.example/doc HTTP/1.1", 400],
  ["a target without a slash", "GET doc HTTP/1.1", 400],
  ["an asterisk", "OPTIONS * HTTP/1.1", 400],
  ["an asterisk for GET", "GET * HTTP/1.1", 400],
  ["an authority", "GET evil.example:80 HTTP/1.1", 400],
  ["CONNECT", "CONNECT evil.example:443 HTTP/1.1", 405],
  ["CONNECT to the source", "CONNECT 127.0.0.1:80 HTTP/1.1", 405],
];

test.each(PROXYING)("%s is refused", async (_, line, status) => {
  await using front = await startFront({ preset: "transparent" });
  const reply: RawReply = await sendRaw(front.port, request(line, "Host: front.example"));
  expect(reply.statuses).toEqual([status]);
  expect(front.origin.requests).toHaveLength(0);
});

test("two slashes before a name are a path, not a host", async () => {
  await using front = await startFront();
  front.origin.on(reflecting());
  expect((await front.ask("//evil.example/doc")).text).toContain('"GET","//evil.example/doc",');
});
