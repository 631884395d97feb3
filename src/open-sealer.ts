/** The sealer of a process: under the configured keys, or under the one in the data folder of the embedded store. */
import type { Config } from "./config/config.ts";
import { SetupError } from "./errors.ts";
import { createSealer, type Sealer } from "./store/seal.ts";
import { keyIn, makeKeyIn } from "./store/secret-key.ts";

/** Throws a `SetupError` when there is no key; `who` is who cannot do without, such as "items". */
export function openSealer(
  { secretKeys, redis, dataDir }: Pick<Config, "secretKeys" | "redis" | "dataDir">,
  who: string,
): Sealer {
  const isEmbedded = redis.queue === undefined && redis.cache === undefined;
  const generated = isEmbedded ? keyIn(dataDir) : undefined;
  // One that was generated still opens what was sealed before another was configured.
  const keys = [...secretKeys, ...(generated ? [generated] : [])];
  if (keys.length > 0) return createSealer(keys);
  if (isEmbedded) return createSealer([makeKeyIn(dataDir)]);
  throw new SetupError(
    `Cannot start: ${who} need a key that seals secrets at rest.\nSet WARMFRONT_SECRET_KEY (secret_key) to what \`openssl rand -base64 32\` prints, the same for all processes.`,
  );
}
