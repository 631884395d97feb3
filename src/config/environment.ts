/** Environment variables that set a setting each. An empty one counts as absent. */
import { resolve } from "node:path";
import type { Fault, Place } from "./faults.ts";
import type { Override } from "./raw-settings.ts";
import { type Environment, readSecret } from "./references.ts";
import { listSettings, type Setting } from "./settings.ts";

export interface FromEnvironment {
  readonly overrides: readonly Override[];
  readonly faults: readonly Fault[];
}

/** What the environment sets. `folder` is where relative paths of `…_FILE` variables start. */
export function environmentOverrides(env: Environment, folder: string): FromEnvironment {
  const overrides: Override[] = [];
  const faults: Fault[] = [];
  for (const setting of listSettings()) {
    const given = (setting.env ?? []).flatMap((name) => read(name, setting, env, folder));
    faults.push(...given.flatMap(({ fault }) => fault ?? []));
    const values = given.filter(({ value }) => value !== undefined);
    const [first, second] = values;
    if (first === undefined) continue;
    overrides.push({ path: setting.path, value: first.value, place: first.place });
    if (second !== undefined && second.value !== first.value)
      faults.push(contradiction(first.place.text, second.place.text));
  }
  return { overrides, faults };
}

/** Two values for one thing: the start stops, because either could be the one that is meant. */
export function contradiction(one: string, other: string): Fault {
  return {
    place: variablePlace(one),
    path: [],
    message: `contradicts ${other}: remove one of them, or give both the same value`,
  };
}

export function variablePlace(name: string): Place {
  return { text: name };
}

/** The trimmed value of a variable; undefined when it is absent or empty. */
export function variableOf(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** A bare number in a variable that says so in its name is seconds. */
function withUnit(name: string, value: string | undefined): string | undefined {
  return name.endsWith("_SECONDS") && /^\d+$/.test(value ?? "") ? `${value}s` : value;
}

interface Given {
  readonly place: Place;
  readonly value?: string;
  readonly fault?: Fault;
}

/** A variable and, for a secret, its `…_FILE` sister. */
function read(name: string, { secret }: Setting, env: Environment, folder: string): Given[] {
  const value = withUnit(name, variableOf(env, name));
  const plain = value === undefined ? [] : [{ place: variablePlace(name), value }];
  const path = secret === undefined ? undefined : variableOf(env, `${name}_FILE`);
  if (path === undefined) return plain;
  const place = variablePlace(`${name}_FILE`);
  const outcome = readSecret(resolve(folder, path));
  if ("text" in outcome) return [...plain, { place, value: outcome.text }];
  return [
    ...plain,
    {
      place,
      fault: { place, path: [], message: `names a file that ${outcome.fault}` },
    },
  ];
}
