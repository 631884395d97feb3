import { expect, test } from "vitest";
import { hawkAuthorization } from "../../src/sources/hawk.ts";

/** The credentials and requests of the protocol's own description. */
const credentials = {
  id: "dh37fgj492je",
  key: "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn",
  algorithm: "sha256",
} as const;
const url = new URL("http://example.com:8000/resource/1?b=1&a=2");
const moment = { ts: 1_353_832_234, nonce: "j4h3g2" };
const ext = "some-app-ext-data";

test("a request is signed as the protocol's description shows", () => {
  expect(hawkAuthorization(credentials, { method: "GET", url, ext }, moment)).toBe(
    'Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", ext="some-app-ext-data", mac="6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="',
  );
});

test("a body is signed as the protocol's description shows", () => {
  const payload = { contentType: "text/plain", body: "Thank you for flying Hawk" };
  expect(hawkAuthorization(credentials, { method: "POST", url, ext, payload }, moment)).toBe(
    'Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", hash="Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY=", ext="some-app-ext-data", mac="aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw="',
  );
});

test.each([
  ["another key", { ...credentials, key: "other" }, {}, moment],
  ["another method", credentials, { method: "HEAD" }, moment],
  [
    "another path",
    credentials,
    { url: new URL("http://example.com:8000/resource/2?b=1&a=2") },
    moment,
  ],
  [
    "another query",
    credentials,
    { url: new URL("http://example.com:8000/resource/1?a=2&b=1") },
    moment,
  ],
  [
    "another host",
    credentials,
    { url: new URL("http://example.org:8000/resource/1?b=1&a=2") },
    moment,
  ],
  ["another port", credentials, { url: new URL("http://example.com/resource/1?b=1&a=2") }, moment],
  [
    "the port of the other scheme",
    credentials,
    { url: new URL("https://example.com/resource/1?b=1&a=2") },
    moment,
  ],
  ["other data", credentials, { ext: "x" }, moment],
  ["an empty body", credentials, { payload: { contentType: "", body: "" } }, moment],
  ["another time", credentials, {}, { ...moment, ts: moment.ts + 1 }],
  ["another nonce", credentials, {}, { ...moment, nonce: "j4h3g3" }],
  ["another hash", { ...credentials, algorithm: "sha512" as const }, {}, moment],
])("%s makes another signature", (_, who, change, when) => {
  const macOf = (text: string) => /mac="([^"]+)"/.exec(text)?.[1];
  const signed = macOf(hawkAuthorization(credentials, { method: "GET", url, ext }, moment));
  const changed = macOf(hawkAuthorization(who, { method: "GET", url, ext, ...change }, when));
  expect(changed).toMatch(/^[\w+/]+=*$/);
  expect(changed).not.toBe(signed);
});

test("each request has a nonce of its own, and the key is never in it", () => {
  const [one, two] = [1, 2].map(() => hawkAuthorization(credentials, { method: "GET", url }));
  expect(one).not.toBe(two);
  expect(one).not.toContain(credentials.key);
});

test("quotes in what is sent cannot end it", () => {
  const id = 'a", mac="x';
  const text = hawkAuthorization({ ...credentials, id }, { method: "GET", url }, moment);
  expect(text).toContain('id="a\\", mac=\\"x"');
});
