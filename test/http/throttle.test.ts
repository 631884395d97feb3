import { expect, test } from "vitest";
import { createThrottle } from "../../src/http/throttle.ts";

test("after ten unknown tokens an address waits, others and clients that were let in from it do not", () => {
  const throttle = createThrottle();
  throttle.succeeded("::1", "app");
  for (let i = 0; i < 9; i++) throttle.failed("::1");
  expect(throttle.blockedFor("::1")).toBe(0);
  throttle.failed("::1");
  expect(throttle.blockedFor("::1")).toBeGreaterThan(50);
  expect(throttle.blockedFor("::1", "app")).toBe(0);
  expect(throttle.blockedFor("::1", "other")).toBeGreaterThan(50);
  expect(throttle.blockedFor("::2")).toBe(0);
});

test("what is remembered of addresses is bounded", () => {
  const throttle = createThrottle();
  for (let i = 0; i < 10; i++) throttle.failed("first");
  for (let i = 0; i < 10_000; i++) throttle.failed(`other ${i}`);
  expect(throttle.blockedFor("first")).toBe(0);
});
