/** What is fronted when nothing is configured: the npm registry that this machine's npm is set to. */
import { execFile } from "node:child_process";
import { isIP } from "node:net";
import { promisify } from "node:util";
import { sourceUrlFault } from "./addresses.ts";
import { type FromEnvironment, variableOf } from "./environment.ts";
import { type RawSettings, valueAt } from "./raw-settings.ts";
import type { Environment } from "./references.ts";

/** Asks for npm's registry; rejects when there is no npm, or it does not answer. */
export type RegistryLookup = (env: Environment, cwd: string) => Promise<string>;

const LOOKUP_LIMIT_MS = 5_000;

/** What `npm config get registry` says. */
export const askNpm: RegistryLookup = async (env, cwd) => {
  const options = { env: { ...env }, cwd, timeout: LOOKUP_LIMIT_MS };
  const { stdout } = await promisify(execFile)("npm", ["config", "get", "registry"], options);
  return stdout.trim();
};

/** For commands that ask no source: nobody is asked where that of the default route is. */
export const askNobody: RegistryLookup = async () => "http://127.0.0.1:9";

const HOW_TO =
  "write routes into warmfront.yaml (warmfront.example.yaml shows how), or set BACKEND_URL to the API to front";

/** Wherever npm's registry is, this machine is set to ask it: many have a mirror in their own network, under the public name. */
export async function defaultRoutes(
  env: Environment,
  cwd: string,
  lookup: RegistryLookup,
  raw: RawSettings,
): Promise<FromEnvironment> {
  const place = { text: "npm's registry" };
  let url: string;
  try {
    url = variableOf(env, "npm_config_registry") ?? (await lookup(env, cwd));
  } catch (thrown) {
    const message = `cannot be asked for (${whyNot(thrown)}), and no route is configured: ${HOW_TO}`;
    return { overrides: [], faults: [{ place, path: [], message }] };
  }
  const message = sourceUrlFault(url);
  if (message !== undefined)
    return { overrides: [], faults: [{ place, path: [], message: `${message}; or ${HOW_TO}` }] };
  const route = {
    name: "npm",
    path: "/npm/*",
    source: { url, strip_prefix: "/npm" },
    freshness: { fresh_for: "30s", stale_while_revalidate: "1h", stale_if_error: "1d" },
  };
  const path = ["egress", "allow"];
  const allowed: unknown = valueAt(raw.tree, path) ?? [];
  const { hostname } = new URL(url);
  const more = isIP(hostname) === 0 && !hostname.startsWith("[") && Array.isArray(allowed);
  return {
    overrides: [
      { path: ["routes"], value: [route], place },
      ...(more ? [{ path, value: [...(allowed as unknown[]), hostname], place }] : []),
    ],
    faults: [],
  };
}

/** In words of our own: npm's may quote its settings. */
function whyNot(thrown: unknown): string {
  const { code, killed } = thrown as { code?: unknown; killed?: boolean };
  if (code === "ENOENT") return "npm is not on PATH";
  return killed ? "npm did not answer within 5 seconds" : "npm failed";
}
