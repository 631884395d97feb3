import { expect, test } from "vitest";
import {
  isLoopback,
  parseHostAndPort,
  parseRedisUrl,
  redactUrl,
  sourceUrlFault,
  splitSourceUrl,
  urlHost,
} from "../../src/config/addresses.ts";

test.each([
  ["http://127.0.0.1:9000", "http://127.0.0.1:9000", ""],
  ["http://127.0.0.1:9000/", "http://127.0.0.1:9000", ""],
  ["https://api.example/v2", "https://api.example", "/v2"],
  ["https://api.example/v2/", "https://api.example", "/v2"],
  ["https://API.example:443/a%2Fb//", "https://api.example", "/a%2Fb"],
  ["http://[::1]:80/", "http://[::1]", ""],
])("%s is split into origin and base path", (url, origin, basePath) => {
  expect(sourceUrlFault(url)).toBeUndefined();
  expect(splitSourceUrl(url)).toEqual({ origin, basePath });
});

test.each([
  ["127.0.0.1:9000", "must be a URL"],
  ["api", "must be a URL"],
  ["ftp://h/", "must start with http:// or https://"],
  ["http://user@h/", "must hold no user or password"],
  ["http://:pw@h/", "must hold no user or password"],
  ["http://h/?", "must have no query"],
  ["http://h/?a=1", "must have no query"],
  ["http://h/#", "must have no fragment"],
])("%s is no source's URL", (url, fault) => {
  expect(sourceUrlFault(url)).toContain(fault);
});

test.each([
  ["redis://h", { kind: "url", url: "redis://h" }],
  ["rediss://u:p@h:6380/2", { kind: "url", url: "rediss://u:p@h:6380/2" }],
  ["unix:/run/redis.sock", { kind: "socket", path: "/run/redis.sock" }],
  ["unix:///run/redis.sock", { kind: "socket", path: "/run/redis.sock" }],
  ["/run/redis.sock", { kind: "socket", path: "/run/redis.sock" }],
  ["http://h", undefined],
  ["redis://", undefined],
  ["redis://h/name", undefined],
  ["redis://h:99999", undefined],
  ["redis://h#x", undefined],
  ["redis://:100%@h", undefined],
  ["redis://%zz:p@h", undefined],
  ["localhost:6379", undefined],
  ["", undefined],
])("%s is this Redis", (url, target) => {
  expect(parseRedisUrl(url)).toEqual(target);
});

test.each([
  ["redis-1:26379", { host: "redis-1", port: 26379 }],
  ["10.0.0.1:1", { host: "10.0.0.1", port: 1 }],
  ["[::1]:6379", { host: "::1", port: 6379 }],
  ["::1:6379", undefined],
  ["[nothost]:6379", undefined],
  ["host", undefined],
  ["host:0", undefined],
  ["host:65536", undefined],
  ["u@host:1", undefined],
])("%s is this host and port", (text, parsed) => {
  expect(parseHostAndPort(text)).toEqual(parsed);
});

test.each([
  ["127.0.0.1", true],
  ["127.9.8.7", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["LOCALHOST", true],
  ["0.0.0.0", false],
  ["::", false],
  ["127.0.0.1.example.org", false],
  ["10.0.0.1", false],
  ["localhost.example.org", false],
])("%s is reachable from this machine alone: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ["redis://user:pa@ss@host:6379/0", "redis://[redacted]@host:6379/0"],
  ["redis://host:6379?password=pw", "redis://host:6379?[redacted]"],
  ["redis://host:6379/1", "redis://host:6379/1"],
  ["not a url: user:pw@host", "[redacted]@host"],
  ["/run/redis.sock", "/run/redis.sock"],
])("%s is shown as %s", (url, shown) => {
  expect(redactUrl(url)).toBe(shown);
});

test("an IPv6 address stands in brackets in a URL, other hosts do not", () => {
  expect([urlHost("::1"), urlHost("127.0.0.1"), urlHost("api")]).toEqual([
    "[::1]",
    "127.0.0.1",
    "api",
  ]);
});
