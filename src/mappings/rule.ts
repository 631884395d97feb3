/** A rule for a family of keys: which keys it is about, and who could say whether the owner of one is still there. Pure. */
import type { ReapRule } from "../config/reap.ts";
import { SetupError } from "../errors.ts";

export interface KeyRule {
  readonly name: string;
  /** For SCAN; matches at least the keys of the rule. */
  readonly glob: string;
  readonly gone: readonly number[];
  /** URL of the owner of a key; undefined when the key is none of the rule's, or holds what cannot be part of a URL. */
  ownerOf(key: string): string | undefined;
}

const PLACE = /\{(\w+)\}/g;

/** Throws a `SetupError` when the owner's URL uses a name that the key does not have, or is none. */
export function compileRule({ name, key, owner, gone }: ReapRule): KeyRule {
  const places = new Set(Array.from(key.matchAll(PLACE), ([, place]) => place));
  const unknown = Array.from(owner.matchAll(PLACE)).find(([, place]) => !places.has(place));
  if (unknown !== undefined) throw new SetupError(`The key of rule ${name} has no ${unknown[0]}.`);
  if (!URL.canParse(owner.replaceAll(PLACE, "x")))
    throw new SetupError(`The owner of rule ${name} is no URL.`);
  const literals = key.split(PLACE).filter((_, i) => i % 2 === 0);
  const named = key.replaceAll(/[\\^$.*+?()[\]|/]/g, "\\$&").replaceAll(PLACE, "(?<$1>[^:]+)");
  const pattern = new RegExp(`^${named}$`);
  return {
    name,
    gone,
    glob: literals.map((literal) => literal.replaceAll(/[*?[\]\\^]/g, "\\$&")).join("*"),
    ownerOf(candidate) {
      const values = pattern.exec(candidate)?.groups;
      if (values === undefined || Object.values(values).some(isStep)) return undefined;
      return owner.replaceAll(PLACE, (_, place: string) => encodeURIComponent(values[place] ?? ""));
    },
  };
}

/** Would move through the path instead of naming something in it. */
function isStep(value: string): boolean {
  return value === "." || value === "..";
}
