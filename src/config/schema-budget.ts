/** How much sources may be asked, and when they are left alone. */
import { z } from "zod";
import { sourceUrlFault, splitSourceUrl } from "./addresses.ts";
import { parseDuration } from "./durations.ts";
import { duration, integer, section, share, text } from "./kinds.ts";
import { notes } from "./notes.ts";

const RATE = "a number of requests and a time, such as 50/1s or 5000/1h";
const SHORTEST_MS = 100;
const LONGEST_MS = 86_400_000;

/** `50/1s`; undefined when the text is no rate. */
export function parseRate(value: string): { count: number; perMs: number } | undefined {
  const [, digits, time] = /^(\d{1,7})\/(.+)$/.exec(value) ?? [];
  const perMs = parseDuration(time ?? "");
  const count = Number(digits);
  if (!(count >= 1) || perMs === undefined || perMs < SHORTEST_MS || perMs > LONGEST_MS)
    return undefined;
  return { count, perMs };
}

function rateFault(value: string): string | undefined {
  return parseRate(value) === undefined ? `must be ${RATE}; the time from 100ms to 1d` : undefined;
}

/** An origin: scheme, host and port, without a path. */
function originFault(value: string): string | undefined {
  const fault = sourceUrlFault(value);
  if (fault !== undefined) return fault;
  return splitSourceUrl(value).basePath === ""
    ? undefined
    : "must be named without a path: a budget is one for the whole host and port";
}

const source = section({
  rate: text(RATE, rateFault)
    .optional()
    .describe("Requests that all processes together send in any stretch of that time, at most.")
    .register(notes, { fallback: "as many as it takes" }),
  burst: integer(1, 10_000_000)
    .optional()
    .describe("Requests at once, after which the others are spread evenly over the time.")
    .register(notes, { fallback: "the whole rate" }),
  concurrency: integer(1, 100_000)
    .optional()
    .describe("Requests under way at a time, in all processes together.")
    .register(notes, { fallback: "as many as it takes" }),
});

const breaker = section({
  failures: integer(1, 1_000_000)
    .default(5)
    .describe("Failures in a row after which a source is no longer asked."),
  share: share()
    .default("50%")
    .describe("Share of failures among the answers of `window` that does the same."),
  least: integer(1, 1_000_000)
    .default(20)
    .describe("Answers that it takes before their share counts."),
  window: duration({ min: "1s", max: "1h" })
    .default("30s")
    .describe("Time over which answers are counted."),
  pause: duration({ min: "100ms", max: "1h" })
    .default("2s")
    .describe("Time before one request asks again; it doubles while that fails."),
  longest: duration({ min: "100ms", max: "1h" }).default("60s").describe("Longest such time."),
});

export const budgetSchema = section({
  wait: duration({ max: "60s" })
    .default("1s")
    .describe(
      "Longest that a client's request waits for its turn when nothing stored can answer it.",
    )
    .register(notes, { env: ["BUDGET_WAIT"] }),
  longest_rest: duration({ min: "1s", max: "1d" })
    .default("1h")
    .describe("Longest that a source's own wish to be left alone is believed, whatever it says.")
    .register(notes, { env: ["BUDGET_LONGEST_REST"] }),
  breaker: breaker.prefault({}).describe("When a source that fails is no longer asked."),
  sources: z
    .record(text("a URL such as https://api.example.org", originFault), source, {
      error: "must be a group of sources, each under its URL",
    })
    .default({})
    .describe("What each source may be asked, under its URL without a path.")
    .register(notes, { type: "URL: group" }),
});
