import { expect, test, vi } from "vitest";
import type { FrontOptions } from "../../helpers/front.ts";
import { stored } from "../../helpers/stored.ts";
import { lasting, startExplaining as start } from "./explaining.ts";

test.each<[string, FrontOptions, number, string[], object]>([
  [
    "stale within the window",
    lasting,
    61_000,
    [],
    { reuse: "stale", by: "RFC 5861 §3", action: "stale-and-refresh", fails: "stored" },
  ],
  [
    "stale beyond it",
    lasting,
    130_000,
    [],
    { reuse: "nothing", by: "RFC 9111 §4.2.4", action: "fetch", fails: "stored" },
  ],
  [
    "stale beyond all windows",
    lasting,
    700_000,
    [],
    { reuse: "nothing", by: "RFC 9111 §4.2", action: "fetch", fails: "error" },
  ],
  [
    "nearly stale where that is refreshed",
    { ...lasting, refreshAhead: 0.5 },
    45_000,
    [],
    { reuse: "fresh", by: "RFC 9111 §4.2", action: "hit-and-refresh", fails: "stored" },
  ],
  [
    "fresh for a client that wants it validated",
    { ...lasting, preset: "transparent" },
    0,
    ["Cache-Control: no-cache"],
    { reuse: "nothing", by: "RFC 9111 §5.2.1.4", action: "fetch", fails: "stored" },
  ],
  [
    "fresh for a client that wants it newer",
    { ...lasting, preset: "transparent" },
    30_000,
    ["Cache-Control: max-age=10"],
    { reuse: "nothing", by: "RFC 9111 §5.2.1.1", action: "fetch", fails: "stored" },
  ],
  [
    "stale for a client that wants it stored or not at all",
    { ...lasting, preset: "transparent" },
    130_000,
    ["Cache-Control: only-if-cached"],
    { reuse: "nothing", by: "RFC 9111 §4.2.4", action: "gateway-timeout", fails: "stored" },
  ],
  [
    "stale for a client that takes it so",
    { ...lasting, preset: "transparent" },
    130_000,
    ["Cache-Control: max-stale"],
    { reuse: "stale", by: "RFC 9111 §5.2.1.2", action: "stale", fails: "stored" },
  ],
])("%s", async (_, options, ageMs, header, expected) => {
  await using world = await start(options);
  await stored(world.front, "/a");
  world.front.advance(ageMs);
  // An answer is sent before it is stored.
  await vi.waitFor(
    async () => {
      const { verdict, now, ifSourceFails } = await world.explain("/a", header);
      expect({
        ...{
          reuse: verdict.reuse,
          by: verdict.because.by,
          action: now.action,
          fails: ifSourceFails,
        },
      }).toEqual(expected);
    },
    { timeout: 10_000 },
  );
  expect(world.front.origin.requests).toHaveLength(1);
});

test.each<[string, FrontOptions, string, string[], string, string, string]>([
  ["another method", lasting, "/a", [], "POST", "pass-on", "RFC 9111 §4"],
  [
    "a condition for the source",
    { ...lasting, preset: "transparent" },
    "/a",
    ['If-Match: "x"'],
    "GET",
    "pass-on",
    "RFC 9110 §13.1",
  ],
  [
    "a bypass",
    { ...lasting, bypass: { query: [["preview", "true"]], methods: [], fields: [] } },
    "/a?preview=true",
    [],
    "GET",
    "pass-on",
    "the route's bypass",
  ],
  [
    "no-store",
    { ...lasting, preset: "transparent" },
    "/a",
    ["Cache-Control: no-store"],
    "GET",
    "pass-on",
    "RFC 9111 §5.2.1.5",
  ],
  ["a HEAD of what is not stored", lasting, "/a", [], "HEAD", "pass-on", "RFC 9111 §4"],
  [
    "only-if-cached of what is not stored",
    { ...lasting, preset: "transparent" },
    "/a",
    ["Cache-Control: only-if-cached"],
    "GET",
    "gateway-timeout",
    "RFC 9111 §4",
  ],
  [
    "a path without a route",
    { ...lasting, path: "/b/*" },
    "/a",
    [],
    "GET",
    "refuse",
    "the configuration",
  ],
  [
    "a target that can be read in two ways",
    lasting,
    "/a/%2e%2e/b",
    [],
    "GET",
    "refuse",
    "the configuration",
  ],
])("%s", async (_, options, target, header, method, action, by) => {
  await using world = await start(options);
  const explained = await world.explain(target, header, method);
  expect(explained.now.action).toBe(action);
  expect(explained.verdict.because.by).toBe(by);
});
