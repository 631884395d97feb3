import { expect, test } from "vitest";
import { BUDGET_DEFAULTS } from "../../src/config/budget.ts";
import {
  answered,
  type Breaker,
  CLOSED,
  isClean,
  PROBE_MS,
  passageOf,
  probing,
} from "../../src/sources/breaker.ts";
import { NOW } from "../helpers/cache.ts";

const SETTINGS = {
  ...BUDGET_DEFAULTS.breaker,
  failures: 3,
  least: 10,
  share: 0.5,
  windowMs: 10_000,
  pauseMs: 1_000,
  longestMs: 5_000,
};

const OUTCOMES = { f: "failure", s: "success", p: "poor" } as const;

/** `f` is a failure, `s` a success, `p` a poor answer, each a millisecond after the one before. */
function breakerAfter(answers: string, breaker: Breaker = CLOSED, from = NOW): Breaker {
  return [...answers].reduce(
    (state, answer, i) =>
      answered(state, OUTCOMES[answer as keyof typeof OUTCOMES], SETTINGS, from + i),
    breaker,
  );
}

test.each<[string, string, Breaker["state"]]>([
  ["no failure", "ssss", "closed"],
  ["fewer failures in a row than it takes", "ffsffsff", "closed"],
  ["enough failures in a row", "sfff", "open"],
  ["poor answers in a row, which may be about one address", "ppppppppp", "closed"],
  ["failures with poor answers between them", "fpfpf", "open"],
  ["a share of poor answers, among enough", "pspspspspp", "open"],
  ["a share of failures, among enough answers", "fsfsfsfsff", "open"],
  ["the same share among fewer answers", "fsfsfsfs", "closed"],
  ["a smaller share", "ffssffssffssssf", "closed"],
])("%s", (_, answers, state) => {
  expect(breakerAfter(answers).state).toBe(state);
});

test("failures that lie longer apart than the window do not add up to a share", () => {
  let breaker = CLOSED;
  for (let i = 0; i < 20; i++) {
    breaker = answered(breaker, "success", SETTINGS, NOW + i * 11_000);
    breaker = answered(breaker, "failure", SETTINGS, NOW + i * 11_000 + 10_500);
  }
  expect(breaker.state).toBe("closed");
});

test("while it is open requests wait; then one of them is the probe and the others wait for it", () => {
  const open = breakerAfter("fff");
  expect(open.until).toBe(NOW + 2 + 1_000);
  expect(passageOf(open, open.until - 1)).toBe("wait");
  expect(passageOf(open, open.until)).toBe("probe");
  const probe = probing(open, open.until);
  expect(passageOf(probe, open.until)).toBe("wait");
  expect(passageOf(probe, open.until + PROBE_MS)).toBe("probe");
});

test("a probe that fails opens it for twice as long, up to the longest", () => {
  let breaker = breakerAfter("fff");
  for (const seconds of [2, 4, 5, 5]) {
    const at = breaker.until;
    breaker = answered(probing(breaker, at), "failure", SETTINGS, at);
    expect(breaker).toMatchObject({ state: "open", until: at + seconds * 1_000 });
  }
});

test("a success closes it and begins anew", () => {
  const open = breakerAfter("fff");
  const closed = answered(probing(open, open.until), "success", SETTINGS, open.until);
  expect(closed).toMatchObject({ state: "closed", row: 0, failed: 0, opened: 0 });
  expect(breakerAfter("ff", closed).state).toBe("closed");
  expect(breakerAfter("fff", closed, NOW).until).toBe(NOW + 2 + 1_000);
});

test("failures of requests that set out before it opened do not keep it open for longer", () => {
  const open = breakerAfter("fff");
  expect(breakerAfter("ffff", open)).toEqual(open);
});

test("a probe that says nothing of the source leaves its turn to another", () => {
  const open = breakerAfter("fff");
  const at = open.until;
  const given = answered(probing(open, at), undefined, SETTINGS, at + 5);
  expect(given).toMatchObject({ state: "open", opened: 1 });
  expect(passageOf(given, at + 5)).toBe("probe");
  expect(answered(open, undefined, SETTINGS, at)).toEqual(open);
  expect(answered(CLOSED, undefined, SETTINGS, at)).toEqual(CLOSED);
});

test("successes are told only while failures count", () => {
  expect(isClean(CLOSED, 10_000, NOW)).toBe(true);
  expect(isClean(breakerAfter("f"), 10_000, NOW)).toBe(false);
  expect(isClean(breakerAfter("fs"), 10_000, NOW)).toBe(false);
  expect(isClean(breakerAfter("fs"), 10_000, NOW + 10_000)).toBe(true);
});
