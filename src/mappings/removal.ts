/** Which keys go with a dead mapping, decided on what they hold. Pure: nothing is read or removed here. */
import type { PagesSettings } from "../config/reap.ts";
import {
  type Companion,
  type Found,
  isReservedUser,
  PASSWORD_PREFIX,
  ruleFor,
} from "./companions.ts";
import { formatMapping, type Mapping } from "./mapping.ts";
import type { VerdictKind } from "./verdict.ts";

/** What a key held when it was decided upon: a string, or another type in the form of `DUMP`. */
export type Held = { readonly value: Buffer } | { readonly dump: Buffer };

export interface HeldKey {
  readonly key: string;
  readonly held: Held;
}

/** A step that happens whole or not at all. */
export interface Removal {
  /** All of these must still be so: hold just this string, or be gone (null). */
  readonly guards: readonly { readonly key: string; readonly value: Buffer | null }[];
  /** Removed unless they have changed. */
  readonly keys: readonly HeldKey[];
}

export type Value = Buffer | null | "not-a-string";

/**
 * `values` are those of the companions. `sharesName`: a mapping that stays has the same router name. Undefined when the mapping is no longer
 * what was judged.
 */
export function chooseRemoval(
  mapping: Mapping,
  companions: readonly Companion[],
  values: readonly Value[],
  { sharesName }: { readonly sharesName: boolean },
): Removal | undefined {
  const held = companions.map(({ key, role }, i) => ({ key, role, value: values[i] ?? null }));
  const forward = held[0];
  if (forward === undefined || !holds(forward.value, formatMapping(mapping))) return undefined;
  const rule = held.find(({ role }) => role === "rule");
  const ruleIsOurs = holds(rule?.value ?? null, ruleFor(mapping.domain));
  const goes: Readonly<Record<Companion["role"], (value: Value) => boolean>> = {
    forward: () => true,
    reverse: (value) => holds(value, mapping.domain),
    rule: () => ruleIsOurs,
    router: () => ruleIsOurs,
    redirect: () => !sharesName && (ruleIsOurs || rule?.value === null),
    count: () => true,
  };
  const keys = held.flatMap(({ key, role, value }) =>
    Buffer.isBuffer(value) && goes[role](value) ? [{ key, held: { value } }] : [],
  );
  const guards = [{ key: forward.key, value: forward.value as Buffer }];
  const ruleMatters = rule !== undefined && (ruleIsOurs || rule.value === null);
  if (ruleMatters) guards.push({ key: rule.key, value: rule.value as Buffer });
  return { guards, keys };
}

function holds(value: Value, text: string): boolean {
  return Buffer.isBuffer(value) && value.equals(Buffer.from(text));
}

/** What the pages server has only cached for a dead site or branch. It expires by itself; nothing is lost with it. */
export function cachesOf(
  { user, repo, branch }: Mapping,
  verdict: VerdictKind,
  names: Pick<PagesSettings, "mappingPrefix">,
  found: Found,
): string[] {
  const site = `${user}:${repo}`;
  if (isReservedUser(user, names)) return [];
  if (verdict === "repo-missing" || verdict === "file-missing")
    return [PASSWORD_PREFIX + site, ...found.pages(site)];
  // A branch of that name has pages with the names of reverse keys.
  if (verdict !== "branch-removed" || branch === undefined || branch === "branch") return [];
  return [...found.pages(site, branch)];
}
