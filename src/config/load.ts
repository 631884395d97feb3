/** From file and environment to checked settings. */
import { dirname, resolve } from "node:path";
import { withCachish } from "./cachish.ts";
import { crossFaults } from "./checks.ts";
import { compile } from "./compile.ts";
import type { Config } from "./config.ts";
import { askNpm, defaultRoutes, type RegistryLookup } from "./default-route.ts";
import { environmentOverrides, type FromEnvironment, variableOf } from "./environment.ts";
import { configurationError, type Fault, faultsOf, pathText, type SettingFault } from "./faults.ts";
import { backendVariable, redisFromParts, routesFromBackend } from "./opencitations.ts";
import { type RawSettings, valueAt, withOverride } from "./raw-settings.ts";
import { type Environment, resolveReferences } from "./references.ts";
import { type Settings, settingsSchema } from "./schema.ts";
import { readYamlFile } from "./yaml-file.ts";

export interface LoadOptions {
  /** What the command line said. */
  readonly argv?: { readonly config?: string | undefined };
  readonly env?: Environment;
  /** Where relative paths start. */
  readonly cwd?: string;
  readonly registry?: RegistryLookup;
}

/** Settings that hold, and what is known about where they are from. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** Before defaults were filled in. */
  readonly raw: RawSettings;
  /** The file that was read, as messages name it; undefined when there is none. */
  readonly file: string | undefined;
  /** Texts of the file that hold references, by setting. */
  readonly written: ReadonlyMap<string, string>;
}

/**
 * Everything the process needs to know: the file (`--config`, `WARMFRONT_CONFIG`, else `./warmfront.yaml` if it is there) with its
 * references replaced, and the environment over it. Rejects with one `SetupError` that tells all faults.
 */
export async function loadConfig(options: LoadOptions = {}): Promise<Config> {
  const { settings } = await loadSettings(options);
  return compile(settings, options.cwd ?? process.cwd());
}

/** The same in the shape of the file. */
export async function loadSettings({
  argv = {},
  env = process.env,
  cwd = process.cwd(),
  registry = askNpm,
}: LoadOptions = {}): Promise<LoadedSettings> {
  const file = readFile(argv.config ?? variableOf(env, "WARMFRONT_CONFIG"), env, cwd);
  const faults: Fault[] = [...file.faults];
  let { raw } = file;
  const take = (from: FromEnvironment) => {
    faults.push(...from.faults);
    raw = from.overrides.reduce(withOverride, raw);
  };
  take(environmentOverrides(env, cwd));
  // Nothing else can be said of a file that cannot be read.
  if (file.faults.some(({ path }) => path.length === 0)) throw configurationError(faults);
  const cachish = withCachish(env, cwd, raw);
  faults.push(...cachish.faults);
  raw = cachish.raw;
  take(redisFromParts(env, raw));
  take(routesFromBackend(env, raw));
  const routes = valueAt(raw.tree, ["routes"]) ?? backendVariable(env);
  if (routes === undefined && hasItems(raw))
    raw = withOverride(raw, { path: ["routes"], value: [], place: { text: "items" } });
  else if (routes === undefined) take(await defaultRoutes(env, cwd, registry, raw));
  const parsed = settingsSchema.safeParse(raw.tree);
  const found = [...(parsed.success ? [] : faultsOf(parsed.error)), ...crossFaults(raw.tree)];
  for (const fault of found) if (isNews(fault, faults)) faults.push(place(fault, raw));
  if (!parsed.success || faults.length > 0) throw configurationError(faults);
  return { settings: parsed.data, raw, file: file.name, written: file.written };
}

/** Whoever serves items has said what to front. */
function hasItems({ tree }: RawSettings): boolean {
  return Object.keys(valueAt(tree, ["items"]) ?? {}).length > 0;
}

/** Whether a fault says more than those before it: one for each setting, and none for routes that could not be made. */
function isNews({ path }: SettingFault, faults: readonly Fault[]): boolean {
  const text = pathText(path);
  return text !== "routes" || faults.length === 0
    ? !faults.some((earlier) => pathText(earlier.path) === text)
    : false;
}

interface FileSettings {
  readonly name: string | undefined;
  readonly raw: RawSettings;
  readonly written: ReadonlyMap<string, string>;
  readonly faults: readonly Fault[];
}

const STANDARD_FILE = "warmfront.yaml";

function readFile(named: string | undefined, env: Environment, cwd: string): FileSettings {
  const name = named ?? STANDARD_FILE;
  const path = resolve(cwd, name);
  const file = readYamlFile(path, { name, optional: named === undefined });
  if (file === undefined)
    return {
      name: undefined,
      raw: { tree: {}, placeOf: () => undefined },
      written: new Map(),
      faults: [],
    };
  const { tree, written, faults } = resolveReferences(file.tree, { env, folder: dirname(path) });
  const raw = { tree, placeOf: file.placeOf };
  return {
    name,
    raw,
    written,
    faults: [...file.faults, ...faults.map((each) => place(each, raw))],
  };
}

function place(fault: SettingFault, raw: RawSettings): Fault {
  return { ...fault, place: raw.placeOf(fault.path) };
}
