/** Settings for people to read: every secret blotted out, every reference as it was written. */
import { Document, isScalar } from "yaml";
import { redactUrl } from "./addresses.ts";
import { pathText, type SettingPath } from "./faults.ts";
import type { LoadedSettings } from "./load.ts";
import { valueAt } from "./raw-settings.ts";
import type { Settings } from "./schema.ts";
import { listSettings } from "./settings.ts";

/** The effective settings as YAML. `origins` puts behind each value where it is from. */
export function printSettings(loaded: LoadedSettings, { origins = false } = {}): string {
  const document = new Document(shownSettings(loaded));
  if (origins) {
    for (const path of leaves(loaded.settings, [])) {
      const node = document.getIn(path, true);
      if (isScalar(node)) node.comment = ` ${originOf(loaded, path)}`;
    }
  }
  return document.toString({ lineWidth: 0 });
}

/** In a few lines: what listens, where jobs and responses are, which route leads where, when the reaper runs. */
export function summarizeSettings(loaded: LoadedSettings): string {
  const { listen, control, redis, data_dir, routes, items, reap } = shownSettings(loaded);
  const embedded = `the embedded store in ${data_dir}`;
  const tokens = control.tokens.length + (control.token === undefined ? 0 : 1);
  const token = tokens === 0 ? "without token" : tokens === 1 ? "with token" : `${tokens} tokens`;
  return [
    `ok: ${loaded.file ?? "no file"}`,
    `  clients    ${listen.host}:${listen.port}`,
    `  operators  ${control.host}:${control.port}, ${token}`,
    `  jobs       ${storeText(redis.url) ?? embedded}`,
    `  responses  ${storeText(redis.cache_url ?? redis.url) ?? embedded}`,
    ...routes.map(
      ({ path, source, preset, freshness }) =>
        `  route      ${path} → ${source.url} (${preset}, ${freshnessText(freshness)})`,
    ),
    ...Object.entries(items).map(([path, item]) => `  item       ${path} (${item.module})`),
    ...(reap.schedule === undefined
      ? []
      : [`  reaper     ${reap.schedule} (${reap.mode}), ${reap.forge.host}`]),
    "",
  ].join("\n");
}

function storeText(redis: Settings["redis"]["url"]): string | undefined {
  if (redis === undefined || typeof redis === "string") return redis;
  if ("nodes" in redis) return `the Cluster of ${redis.nodes.join(", ")}`;
  return `${redis.name} of the Sentinels ${redis.sentinels.join(", ")}`;
}

function freshnessText(freshness: Settings["routes"][number]["freshness"]): string {
  return freshness === "origin"
    ? "fresh as the source says"
    : `fresh for ${freshness.fresh_for}, stale if the source fails for ${freshness.stale_if_error}`;
}

/** A copy that may be shown. Texts stand where numbers were when a reference gave them. */
function shownSettings(loaded: LoadedSettings): Settings {
  const secretOf = secrets();
  const show = (value: unknown, path: SettingPath): unknown => {
    const secret = secretOf(path);
    if (secret === "all") return shownValue(value, writtenText(loaded, path), secret);
    if (Array.isArray(value)) return value.map((item, i) => show(item, [...path, i]));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, show(item, [...path, name])]),
      );
    return shownValue(value, writtenText(loaded, path), secret);
  };
  return show(loaded.settings, []) as Settings;
}

/** Tells how secret a setting is; where the operator chooses names, whatever the name. */
function secrets(): (path: SettingPath) => "url" | "all" | undefined {
  const secret = listSettings().filter((setting) => setting.secret !== undefined);
  return (path) => {
    const names = path.map((part) => (typeof part === "number" ? "[]" : part));
    return secret.find(
      ({ path: pattern }) =>
        pattern.length === names.length &&
        pattern.every((part, i) => part === "*" || part === names[i]),
    )?.secret;
  };
}

function shownValue(value: unknown, written: string | undefined, secret?: "url" | "all"): unknown {
  if (value === undefined) return undefined;
  if (secret === "url") return redactUrl(written ?? String(value));
  if (secret === "all")
    return /^(?:\$\{\w+\}|file:.*)$/.test(written ?? "") ? written : "[redacted]";
  return written ?? value;
}

/** The text of the file, if it holds references and nothing has overridden it. */
function writtenText({ raw, written }: LoadedSettings, path: SettingPath): string | undefined {
  return raw.placeOf(path)?.line === undefined ? undefined : written.get(pathText(path));
}

function originOf({ raw }: LoadedSettings, path: SettingPath): string {
  const given = valueAt(raw.tree, path) !== undefined;
  return (given ? raw.placeOf(path)?.text : undefined) ?? "default";
}

function leaves(value: unknown, path: SettingPath): SettingPath[] {
  if (typeof value !== "object" || value === null) return [path];
  const entries = Array.isArray(value) ? value.entries() : Object.entries(value);
  return [...entries].flatMap(([name, item]) => leaves(item, [...path, name]));
}
