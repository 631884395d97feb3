import { expect, test } from "vitest";
import { createBackOff } from "../../src/http/back-off.ts";
import { NOW } from "../helpers/cache.ts";

const unreachable = { kind: "unreachable" } as const;

test("a key rests for a second, then twice as long after each further failure, a minute at most", () => {
  const backOff = createBackOff();
  let now = NOW;
  for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
    backOff.failed("a", unreachable, now);
    expect(backOff.restOf("a", now)?.until).toBe(now + seconds * 1_000);
    expect(backOff.restOf("a", now + seconds * 1_000 - 1)).toBeDefined();
    now += seconds * 1_000;
    expect(backOff.restOf("a", now)).toBeUndefined();
  }
});

test("a success begins anew, and other keys do not rest", () => {
  const backOff = createBackOff();
  backOff.failed("a", unreachable, NOW);
  backOff.failed("a", unreachable, NOW + 1_000);
  expect(backOff.restOf("b", NOW + 1_000)).toBeUndefined();
  backOff.succeeded("a");
  expect(backOff.restOf("a", NOW + 1_000)).toBeUndefined();
  backOff.failed("a", unreachable, NOW + 1_000);
  expect(backOff.restOf("a", NOW + 1_000)).toMatchObject({ until: NOW + 2_000, failures: 1 });
});

test("requests that fail together are one failure", () => {
  const backOff = createBackOff();
  for (let i = 0; i < 100; i++) backOff.failed("a", unreachable, NOW + i);
  expect(backOff.restOf("a", NOW + 500)).toEqual({
    failure: unreachable,
    failures: 1,
    until: NOW + 1_000,
  });
});

test("a key whose source is not asked rests until it may be, a second at least and a minute at most, and has not failed", () => {
  const backOff = createBackOff();
  backOff.held("a", unreachable, NOW, NOW + 20_000);
  backOff.held("b", unreachable, NOW, NOW + 3_600_000);
  backOff.held("c", unreachable, NOW, NOW);
  expect(backOff.restOf("a", NOW)).toMatchObject({ until: NOW + 20_000, failures: 0 });
  expect(backOff.restOf("b", NOW)?.until).toBe(NOW + 60_000);
  expect(backOff.restOf("c", NOW)?.until).toBe(NOW + 1_000);
  backOff.failed("c", unreachable, NOW + 1_000);
  expect(backOff.restOf("c", NOW + 1_000)).toMatchObject({ until: NOW + 2_000, failures: 1 });
});

test("the keys remembered are bounded", () => {
  const backOff = createBackOff();
  for (let i = 0; i <= 10_000; i++) backOff.failed(String(i), unreachable, NOW);
  expect(backOff.restOf("0", NOW)).toBeUndefined();
  expect(backOff.restOf("10000", NOW)).toBeDefined();
});
