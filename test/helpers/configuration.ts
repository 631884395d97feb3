import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { type LoadedSettings, loadConfig, loadSettings } from "../../src/config/load.ts";
import { messageOf, SetupError } from "../../src/errors.ts";

interface World {
  /** Text of `warmfront.yaml`; absent: there is none. */
  readonly yaml?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Further files by relative path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly argv?: { readonly config?: string };
}

/** What npm answers in these tests: a registry with a path. */
const REGISTRY = "http://127.0.0.1:4873/npm-mirror/";

/** A folder with files in it, removed at the end. */
export async function folderWith(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "warmfront-config-"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Loads the configuration of a folder of its own. */
export async function configOf(world: World): Promise<Config> {
  return within(world, loadConfig);
}

/** The same in the shape of the file. */
export async function settingsOf(world: World): Promise<LoadedSettings> {
  return within(world, loadSettings);
}

async function within<T>(world: World, load: (options: object) => Promise<T>): Promise<T> {
  const { yaml, env = {}, files = {}, argv = {} } = world;
  await using folder = await folderWith({
    ...files,
    ...(yaml !== undefined && { "warmfront.yaml": yaml }),
  });
  return await load({ argv, env, cwd: folder.path, registry: async () => REGISTRY });
}

/** The faults of a configuration, a line each, without the heading. */
export async function faultsIn(world: World): Promise<string[]> {
  const message = await errorIn(world);
  return message
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

/** The whole message of a configuration that must not load. */
export async function errorIn(world: World): Promise<string> {
  const thrown = await configOf(world).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof SetupError)) throw new Error(`No fault: ${messageOf(thrown)}`);
  return thrown.message;
}

/** A file with one route, to which settings are added. */
export function routeFile(settings: string, path = "/a/*"): string {
  return `routes:\n  - path: ${path}\n    source: { url: "http://127.0.0.1:9000" }\n    ${settings}\n`;
}
