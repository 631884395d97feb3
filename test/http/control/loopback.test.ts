import { expect, test } from "vitest";
import { hostOf, isLoopbackName } from "../../../src/http/control/loopback.ts";

test.each([
  "localhost",
  "LOCALHOST",
  "localhost.",
  "board.localhost",
  "127.0.0.1",
  "127.8.9.10",
  "::1",
  "[::1]",
])("%s is this machine", (host) => {
  expect(isLoopbackName(host)).toBe(true);
});

test.each([
  "",
  "0.0.0.0",
  "::",
  "10.0.0.1",
  "example.org",
  "localhost.example.org",
  "127.0.0.1.example.org",
  "127.evil",
  "notlocalhost",
])("%j is not this machine", (host) => {
  expect(isLoopbackName(host)).toBe(false);
});

test.each([
  ["localhost", "localhost"],
  ["localhost:8889", "localhost"],
  ["127.0.0.1:8889", "127.0.0.1"],
  ["[::1]:8889", "[::1]"],
  ["a@localhost", undefined],
  ["localhost/x", undefined],
  ["localhost:x", undefined],
  ["", undefined],
  [undefined, undefined],
])("the host of the field %j is %j", (field, host) => {
  expect(hostOf(field)).toBe(host);
});
