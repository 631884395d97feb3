/** Settings before they are checked: a tree in the shape of the file, and where each value is from. */
import { type Place, pathText, type SettingPath } from "./faults.ts";

/** A value from elsewhere than the file. */
export interface Override {
  readonly path: SettingPath;
  readonly value: unknown;
  readonly place: Place;
}

export interface RawSettings {
  readonly tree: unknown;
  /** Where a setting was given; undefined for a default. */
  placeOf(path: SettingPath): Place | undefined;
}

/** The settings with one value more. What is no group, and so a fault already, stays as it is. */
export function withOverride(raw: RawSettings, { path, value, place }: Override): RawSettings {
  const overridden = pathText(path);
  return {
    tree: put(raw.tree, path, value),
    placeOf: (asked) => (isWithin(pathText(asked), overridden) ? place : raw.placeOf(asked)),
  };
}

function put(tree: unknown, [name, ...rest]: SettingPath, value: unknown): unknown {
  if (name === undefined) return value;
  const group = tree ?? {};
  if (typeof group !== "object" || Array.isArray(group)) return group;
  return { ...group, [name]: put((group as Record<string, unknown>)[name], rest, value) };
}

/** What stands at a path; undefined when nothing does. */
export function valueAt(tree: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>(
    (node, name) => (node as Record<string, unknown> | null | undefined)?.[name],
    tree,
  );
}

function isWithin(path: string, group: string): boolean {
  return path === group || path.startsWith(`${group}.`) || path.startsWith(`${group}[`);
}
