/** Asking the control plane of a running Warmfront. */
import { type Command, InvalidArgumentError } from "commander";
import {
  type ControlAccess,
  controlUrlFault,
  loadControlAccess,
} from "../config/control-access.ts";
import { EXIT_USAGE, messageOf } from "../errors.ts";
import { printable } from "./printing.ts";

export interface ControlOptions {
  readonly config?: string;
  readonly control?: string;
  readonly json?: boolean;
}

/** Adds the options that say where the control plane is, and `--json`. */
export function withControlOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "the configuration to read the address and token from")
    .option(
      "--control <url>",
      "the control plane (CONTROL_HOST, CONTROL_PORT; token CONTROL_TOKEN)",
      parseControlUrl,
    )
    .option("--json", "JSON instead of text");
}

function parseControlUrl(text: string): string {
  const fault = controlUrlFault(text);
  if (fault !== undefined) throw new InvalidArgumentError(fault);
  return text;
}

const LIMIT_MS = 60_000;

/**
 * What the control plane answers to a GET, or to a POST of `body`. Rejects when it cannot be asked or refuses; what is wrong with the
 * command line itself ends the command with 64.
 */
export async function askControl<T>(
  command: Command,
  options: ControlOptions,
  path: string,
  body?: object,
): Promise<T> {
  const access = await loadControlAccess({ argv: options });
  const response = await send(access, path, body);
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as T;
  const { detail } = (answer ?? {}) as { detail?: unknown };
  const message = printable(
    typeof detail === "string" ? detail : `The control plane answered with ${response.status}.`,
  );
  if (response.status === 400) command.error(message, { exitCode: EXIT_USAGE });
  throw new Error(message);
}

async function send({ url, token }: ControlAccess, path: string, body?: object): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (token !== undefined) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(url + path, {
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      headers,
      redirect: "error",
      signal: AbortSignal.timeout(LIMIT_MS),
    });
  } catch (error) {
    const why = messageOf((error as Error).cause ?? error) || messageOf(error);
    throw new Error(
      `The control plane at ${url} cannot be asked (${printable(why)}). Is Warmfront running? --control names another address.`,
    );
  }
}
