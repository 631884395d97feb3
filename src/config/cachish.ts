/** The file of cachish, which `CACHISH_CONFIG_FILE` names: its settings become ours, as if they stood in our file. */
import { resolve } from "node:path";
import { contradiction, variableOf, variablePlace } from "./environment.ts";
import type { Fault } from "./faults.ts";
import { closest } from "./hints.ts";
import { type RawSettings, valueAt, withOverride } from "./raw-settings.ts";
import type { Environment } from "./references.ts";
import { readYamlFile } from "./yaml-file.ts";

const VARIABLE = "CACHISH_CONFIG_FILE";
const KNOWN = ["items", "auth", "cache_dir", "log_config"];
/** Where the package of cachish kept its copies. */
const CACHE_DIR = "/var/cache/cachish";

export interface WithCachish {
  readonly raw: RawSettings;
  readonly faults: readonly Fault[];
}

/** Nothing in that file is a reference: it is taken as it stands. Its items keep their ways, unless they say otherwise. */
export function withCachish(env: Environment, cwd: string, raw: RawSettings): WithCachish {
  const name = variableOf(env, VARIABLE);
  if (name === undefined) return withLogConfig({ raw, faults: [] });
  const file = readYamlFile(resolve(cwd, name), { name, optional: false });
  if (file === undefined || file.faults.length > 0) return { raw, faults: file?.faults ?? [] };
  const tree = file.tree as Record<string, unknown>;
  const faults: Fault[] = [];
  for (const key of Object.keys(tree)) {
    const place = file.placeOf([key]);
    if (!KNOWN.includes(key))
      faults.push({ place, path: [key], message: `is unknown: ${closest(key, KNOWN)}` });
    else if (valueAt(raw.tree, [key]) !== undefined)
      faults.push(contradiction(VARIABLE, `${raw.placeOf([key])?.text} (${key})`));
  }
  const values = Object.entries({
    cache_dir: CACHE_DIR,
    ...tree,
    items: itemsAsTheyWere(tree.items),
  }).filter(([key, value]) => KNOWN.includes(key) && value != null);
  const place = variablePlace(VARIABLE);
  const whole = values.reduce(
    (known, [key, value]) => withOverride(known, { path: [key], value, place }),
    raw,
  );
  const placeOf = (path: readonly (string | number)[]) =>
    tree[String(path[0])] === undefined ? whole.placeOf(path) : file.placeOf(path);
  return withLogConfig({ raw: { tree: whole.tree, placeOf }, faults });
}

/** Asked first at their source, and answered as cachish did. */
function itemsAsTheyWere(items: unknown): unknown {
  if (!isGroup(items)) return items;
  return Object.fromEntries(
    Object.entries(items).map(([path, item]) => [
      path,
      isGroup(item) ? { mode: "source", compat: true, ...item } : item,
    ]),
  );
}

/** Of a tree of Python's logging the level counts, unless ours is set. */
function withLogConfig({ raw, faults }: WithCachish): WithCachish {
  const path = ["log", "level"];
  const levels = [["loggers", "cachish"], ["root"]].map((logger) =>
    valueAt(raw.tree, ["log_config", ...logger, "level"]),
  );
  const value = levels.find((level) => typeof level === "string");
  if (value === undefined || valueAt(raw.tree, path) !== undefined) return { raw, faults };
  return { raw: withOverride(raw, { path, value, place: { text: "log_config" } }), faults };
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
