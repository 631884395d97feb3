/** Numbers of words that the schema has checked, so that the parsers find one in each. */
import { parseDuration } from "./durations.ts";
import { parseShare } from "./shares.ts";
import { parseSize } from "./sizes.ts";

export function milliseconds(duration: string | 0): number {
  return parseDuration(duration) as number;
}

export function bytes(size: string | number): number {
  return parseSize(size) as number;
}

/** From 0 to 1. */
export function fraction(share: string | 0): number {
  return parseShare(share) as number;
}
