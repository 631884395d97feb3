/** Where the control plane is, and what it wants to be shown: for commands that ask it. */
import { resolve } from "node:path";
import { SetupError } from "../errors.ts";
import { askNobody } from "./default-route.ts";
import { variableOf } from "./environment.ts";
import { loadSettings } from "./load.ts";
import { type Environment, readSecret } from "./references.ts";

export interface ControlAccess {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token?: string;
}

export interface ControlAccessOptions {
  /** `control`: a checked URL in place of the configured address; the token then comes from the environment alone. */
  readonly argv: { readonly config?: string | undefined; readonly control?: string | undefined };
  readonly env?: Environment;
  readonly cwd?: string;
}

/** Rejects with a `SetupError`. */
export async function loadControlAccess(options: ControlAccessOptions): Promise<ControlAccess> {
  const { argv, env = process.env, cwd = process.cwd() } = options;
  if (argv.control !== undefined)
    return withToken({ url: argv.control.replace(/\/$/, "") }, tokenOf(env, cwd));
  const file = { config: argv.config };
  const { settings } = await loadSettings({ argv: file, env, cwd, registry: askNobody });
  const { host, port, token } = settings.control;
  if (port === 0)
    throw new SetupError("The control plane takes a free port (0): name it with --control URL.");
  return withToken({ url: `http://${reachable(host)}:${port}` }, token);
}

function withToken(access: ControlAccess, token: string | undefined): ControlAccess {
  return token === undefined ? access : { ...access, token };
}

function tokenOf(env: Environment, cwd: string): string | undefined {
  const plain = variableOf(env, "CONTROL_TOKEN");
  const file = variableOf(env, "CONTROL_TOKEN_FILE");
  if (plain !== undefined || file === undefined) return plain;
  const read = readSecret(resolve(cwd, file));
  if ("text" in read) return read.text;
  throw new SetupError(`CONTROL_TOKEN_FILE names a file that ${read.fault}.`);
}

/** What is wrong with a URL of a control plane; undefined when nothing is. */
export function controlUrlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    return "It must be a URL such as http://127.0.0.1:8889.";
  return url.username === "" && url.password === ""
    ? undefined
    : "It must hold no credentials: the token is that of CONTROL_TOKEN.";
}

/** An address to connect to, of one to listen on. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
