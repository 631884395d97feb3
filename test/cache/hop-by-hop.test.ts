import { expect, test } from "vitest";
import { withoutHopByHop } from "../../src/cache/hop-by-hop.ts";

test.each([
  "Connection",
  "Keep-Alive",
  "Proxy-Authenticate",
  "Proxy-Authentication-Info",
  "Proxy-Authorization",
  "Proxy-Connection",
  "TE",
  "Trailer",
  "Transfer-Encoding",
  "Upgrade",
  "uPgRaDe",
])("%s belongs to the connection and is taken out", (name) => {
  expect(withoutHopByHop(["A", "1", name, "x", "B", "2"])).toEqual(["A", "1", "B", "2"]);
});

test("every field that any line of Connection names is taken out, in any case", () => {
  const fields = [
    "Connection",
    "a, B",
    "A",
    "1",
    "connection",
    " c ,,",
    "b",
    "2",
    "C",
    "3",
    "D",
    "4",
  ];
  expect(withoutHopByHop(fields)).toEqual(["D", "4"]);
});

test("repeated end-to-end fields keep their order, their number and their spelling", () => {
  const fields = ["Set-Cookie", "a=1", "X-Y", "", "set-cookie", "b=2"];
  expect(withoutHopByHop(fields)).toEqual(fields);
});

test.each([
  "Cache-Control",
  "CDN-Cache-Control",
  "Vary",
  "Age",
  "Date",
  "Expires",
  "Content-Length",
  "Content-Range",
  "Content-Encoding",
  "Host",
])("a Connection that names %s cannot take it away", (name) => {
  expect(withoutHopByHop(["Connection", `close, ${name}`, name, "x"])).toEqual([name, "x"]);
});

test("a credential that Connection names is dropped and so is never forwarded", () => {
  expect(withoutHopByHop(["Connection", "authorization", "Authorization", "x"])).toEqual([]);
});
