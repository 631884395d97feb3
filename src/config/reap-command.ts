/** What a `warmfront reap` command works on: the configuration, the original's variables, and over them its options. */
import { resolve } from "node:path";
import { SetupError } from "../errors.ts";
import { isPort, parseRedisUrl, urlHost } from "./addresses.ts";
import { compile } from "./compile.ts";
import { compileReap } from "./compile-reap.ts";
import type { RedisTarget } from "./config.ts";
import { askNobody } from "./default-route.ts";
import { variableOf } from "./environment.ts";
import { loadSettings } from "./load.ts";
import type { ReapSettings } from "./reap.ts";
import { type Environment, readSecret } from "./references.ts";

export interface ReapCommandOptions {
  readonly config?: string;
  readonly redisHost?: string;
  readonly redisPort?: string;
  readonly redisPassword?: string;
  readonly forgejoHost?: string;
  readonly forgejoToken?: string;
  /** Folder of the records. */
  readonly record?: string;
}

export interface ReapCommand {
  readonly settings: ReapSettings;
  /** Where removals are recorded: in the queue role when one is configured, else in a folder. */
  readonly records: { readonly folder: string } | { readonly redis: RedisTarget };
}

/** Rejects with a `SetupError` that says what is missing or wrong. */
export async function readReapCommand(
  options: ReapCommandOptions,
  env: Environment,
  cwd: string,
): Promise<ReapCommand> {
  const given = withOptions(env, options);
  const argv = options.config === undefined ? {} : { config: options.config };
  const load = (from: Environment) => loadSettings({ argv, env: from, cwd, registry: askNobody });
  // Where nothing else says where the pages Redis is, these variables do, and are about no other.
  const { REDIS_HOST, REDIS_PORT, REDIS_PASSWORD, REDIS_PASSWORD_FILE, ...others } = given;
  let { settings } = await load(others);
  const isApart = settings.reap.pages.redis !== undefined && !hasRedisOptions(options);
  if (isApart) ({ settings } = await load(given));
  const config = compile(settings, cwd);
  const redis = isApart ? config.reap?.pages.redis : redisOfParts(given, cwd);
  const reap = compileReap(settings.reap, redis);
  if (reap === undefined)
    throw new SetupError("The forge is not known: give --forgejo-host or FORGEJO_HOST.");
  const { queue } = config.redis;
  const folder = options.record ?? (queue === undefined ? `${config.dataDir}/reap` : undefined);
  if (folder !== undefined) return { settings: reap, records: { folder: resolve(cwd, folder) } };
  return { settings: reap, records: { redis: queue as RedisTarget } };
}

function hasRedisOptions({ redisHost, redisPort, redisPassword }: ReapCommandOptions): boolean {
  return (redisHost ?? redisPort ?? redisPassword) !== undefined;
}

/** Options as the variables that they stand for; an empty one takes the variable away. */
function withOptions(env: Environment, options: ReapCommandOptions): Environment {
  const { redisHost, redisPort, redisPassword, forgejoHost, forgejoToken } = options;
  return {
    ...env,
    ...(redisHost !== undefined && { REDIS_HOST: redisHost }),
    ...(redisPort !== undefined && { REDIS_PORT: redisPort }),
    ...(redisPassword !== undefined && { REDIS_PASSWORD: redisPassword, REDIS_PASSWORD_FILE: "" }),
    ...(forgejoHost !== undefined && { FORGEJO_HOST: forgejoHost }),
    ...(forgejoToken !== undefined && { FORGEJO_TOKEN: forgejoToken, FORGEJO_TOKEN_FILE: "" }),
  };
}

function redisOfParts(env: Environment, cwd: string): RedisTarget {
  const host = variableOf(env, "REDIS_HOST") ?? "localhost";
  const port = variableOf(env, "REDIS_PORT") ?? "6379";
  if (!(/^\d+$/.test(port) && isPort(Number(port))))
    throw new SetupError("The port of the pages Redis must be a number from 1 to 65535.");
  const password = readPassword(env, cwd);
  const login = password === undefined ? "" : `:${encodeURIComponent(password)}@`;
  const target = parseRedisUrl(`redis://${login}${urlHost(host)}:${port}`);
  if (target === undefined)
    throw new SetupError("The host of the pages Redis must be a host name or IP address.");
  return target;
}

function readPassword(env: Environment, cwd: string): string | undefined {
  const path = variableOf(env, "REDIS_PASSWORD_FILE");
  if (path === undefined) return variableOf(env, "REDIS_PASSWORD");
  const read = readSecret(resolve(cwd, path));
  if ("text" in read) return read.text;
  throw new SetupError(`REDIS_PASSWORD_FILE names a file that ${read.fault}.`);
}
