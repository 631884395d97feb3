/** The kinds of value that a setting can have. Each says what it must be; no message quotes what it was given, which may be a secret. */
import { z } from "zod";
import { DURATION, parseDuration } from "./durations.ts";
import { closest } from "./hints.ts";
import { notes } from "./notes.ts";
import { parseShare, SHARE } from "./shares.ts";
import { parseSize, SIZE } from "./sizes.ts";

/** Longest delay that a timer can have is a little over 24 days. */
const MAX_TIMER = "24d";
const MAX_DURATION = "36500d";

type Complaint = (issue: { readonly input?: unknown }) => string;

/** The message of a value of the wrong kind, or of one that is not there. */
function mustBe(what: string): Complaint {
  return ({ input }) =>
    input === undefined ? `is missing: it must be ${what}` : `must be ${what}`;
}

/** A group of settings: no others may stand in it. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  const complain = mustBe("a group of settings, one `name: value` a line");
  return z.strictObject(shape, {
    // One line for each unknown name: faults.ts takes them apart.
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => `is unknown: ${closest(key, known)}`).join("\n")
        : complain(issue),
  });
}

export function list<Item extends z.ZodType>(item: Item, what: string) {
  return z
    .array(item, { error: mustBe(`a list of ${what}`) })
    .register(notes, { type: `list of ${what}` });
}

/** Text for which `faultOf` finds no fault. */
export function text(what: string, faultOf: (text: string) => string | undefined = notEmpty(what)) {
  return z
    .string({ error: mustBe(`${what}, as text (numbers in quotes)`) })
    .check(({ value, issues }) => {
      const message = faultOf(value);
      if (message !== undefined) issues.push({ code: "custom", message, input: value });
    })
    .register(notes, { type: "text" });
}

function notEmpty(what: string) {
  return (value: string) => (value === "" ? `must be ${what}, not empty` : undefined);
}

/** One of a few words. */
export function choice<const Word extends string>(words: readonly [Word, ...Word[]]) {
  const names = words.map((word) => `\`${word}\``).join(", ");
  const either = names.replace(/, ([^,]*)$/, " or $1");
  return z.enum(words, { error: mustBe(either) }).register(notes, { type: either });
}

/** A whole number; digits in a text count too, for values out of the environment. */
export function integer(min: number, max: number) {
  const error = mustBe(`a whole number from ${min} to ${max}`);
  return z
    .preprocess(
      (value) => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value),
      z.int({ error }).min(min, { error }).max(max, { error }),
    )
    .register(notes, { type: "number" });
}

const SWITCH: Record<string, boolean> = {
  ...Object.fromEntries(["1", "true", "yes", "on"].map((word) => [word, true])),
  ...Object.fromEntries(["0", "false", "no", "off"].map((word) => [word, false])),
};

export function toggle() {
  return z
    .preprocess(
      (value) => SWITCH[String(value).toLowerCase()] ?? value,
      z.boolean({ error: mustBe("true or false (also yes or no, on or off, 1 or 0)") }),
    )
    .register(notes, { type: "`true` or `false`" });
}

/** A duration from `min` up. */
export function duration({ min = "0s", max = MAX_DURATION } = {}) {
  const complain = mustBe("a duration such as 500ms, 30s, 6h or 120d");
  const error: Complaint = (issue) =>
    typeof issue.input === "number"
      ? "needs a unit: it must be a duration such as 500ms, 30s, 6h or 120d"
      : complain(issue);
  return z
    .union([z.string({ error }).regex(DURATION, { error }), z.literal(0)], { error })
    .refine((value) => within(parseDuration(value), parseDuration(min), parseDuration(max)), {
      error: `must be from ${min} to ${max}`,
    })
    .register(notes, { type: "duration" });
}

/** A duration that something waits for. */
export function timeout() {
  return duration({ min: "1ms", max: MAX_TIMER });
}

export function size({ min = 0 } = {}) {
  const error = mustBe("a size such as 50MiB, 10kB or a number of bytes");
  return z
    .union([z.string({ error }).regex(SIZE, { error }), z.int({ error }).min(0, { error })], {
      error,
    })
    .refine((value) => within(parseSize(value), min, Number.MAX_SAFE_INTEGER), {
      error: `must be at least ${min} bytes`,
    })
    .register(notes, { type: "size" });
}

export function share() {
  const error = mustBe("a share from 0% to 100%, with the percent sign");
  return z
    .union([z.string({ error }).regex(SHARE, { error }), z.literal(0)], { error })
    .refine((value) => parseShare(value) !== undefined, { error })
    .register(notes, { type: "share" });
}

function within(value: number | undefined, min = 0, max = Number.POSITIVE_INFINITY): boolean {
  return value !== undefined && value >= min && value <= max;
}
