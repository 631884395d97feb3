/** Readers of options that several commands have. */
import { InvalidArgumentError } from "commander";

/** Collects an option that may be given more than once. */
export function collectOption(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Reads a whole number from 1 to `most`. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isInteger(count) && count >= 1 && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}
