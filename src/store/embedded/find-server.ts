import { execFile } from "node:child_process";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../errors.ts";

const NAMES = ["valkey-server", "redis-server"];
/** Where Homebrew installs, which not every PATH has. */
const MORE_FOLDERS = ["/opt/homebrew/bin", "/usr/local/bin", "/home/linuxbrew/.linuxbrew/bin"];

/** A server program that runs here. */
export interface StoreServer {
  readonly binary: string;
  readonly product: "Redis" | "Valkey";
  readonly version: string;
}

export interface ServerSearch {
  readonly found?: StoreServer;
  /** One sentence per program name that was looked for, until one was found. */
  readonly missing: readonly { readonly name: string; readonly because: string }[];
}

/** The first usable server among the folders of `searchPath` (the form of PATH) and Homebrew's. */
export async function findServer(
  searchPath: string,
  moreFolders: readonly string[] = MORE_FOLDERS,
): Promise<ServerSearch> {
  const folders = [...searchPath.split(delimiter).filter(Boolean), ...moreFolders];
  const missing: { name: string; because: string }[] = [];
  for (const name of NAMES) {
    let because = "not on PATH";
    for (const binary of new Set(folders.map((folder) => join(folder, name)))) {
      if (!(await exists(binary))) continue;
      const probed = await probe(binary);
      if ("product" in probed) return { found: probed, missing };
      because = probed.because;
    }
    missing.push({ name, because });
  }
  return { missing };
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** A program counts only when it runs: one for another machine, or without its libraries, is on PATH too. */
async function probe(binary: string): Promise<StoreServer | { readonly because: string }> {
  try {
    const options = { timeout: 10_000, env: { LC_ALL: "C" } };
    const { stdout } = await promisify(execFile)(binary, ["--version"], options);
    const match = /(Redis|Valkey) server v=((\d+)\.(\d+)\S*)/.exec(stdout);
    if (match === null) return { because: `${binary} is not a Redis or Valkey server` };
    const [, product, version = "", major, minor] = match;
    if (Number(major) * 100 + Number(minor) < 602)
      return { because: `${binary} is ${version}, too old` };
    return { binary, product: product as StoreServer["product"], version };
  } catch (error) {
    const lastLine = String((error as { stderr?: string }).stderr ?? "").trim();
    return { because: `${binary} does not run: ${lastLine.split("\n").pop() || messageOf(error)}` };
  }
}
