import type { z } from "zod";
import { splitSourceUrl } from "./addresses.ts";
import { fraction, milliseconds } from "./compile-words.ts";
import type { RedisTarget } from "./config.ts";
import type { ReapSettings } from "./reap.ts";
import { CRON_PATTERNS, type reapSchema } from "./schema-reap.ts";

type Words = z.output<typeof reapSchema>;

/** Undefined when it is not said where the pages Redis or the forge is: then there is nothing to reap. */
export function compileReap(
  words: Words,
  redis: RedisTarget | undefined,
): ReapSettings | undefined {
  const { pages, forge, strikes, brake, schedule } = words;
  if (redis === undefined || forge.host === undefined) return undefined;
  const { origin, basePath } = splitSourceUrl(forge.host);
  return {
    mode: words.mode,
    ...(schedule !== undefined && {
      schedule: { pattern: CRON_PATTERNS[schedule] ?? schedule, timeZone: words.time_zone },
    }),
    pages: { redis, rootKey: pages.root_key, mappingPrefix: pages.mapping_prefix },
    forge: {
      url: origin + basePath,
      ...(forge.token !== undefined && { token: forge.token }),
      concurrency: forge.concurrency,
      timeoutMs: milliseconds(forge.timeout),
      attempts: forge.attempts,
      longestWaitMs: milliseconds(forge.longest_wait),
    },
    strikes: { count: strikes.count, overMs: milliseconds(strikes.over) },
    brake: {
      mappings: brake.mappings,
      share: fraction(brake.share),
      unsure: fraction(brake.unsure),
    },
    keepRecordsMs: milliseconds(words.keep_records),
    dnsProof: words.dns_proof,
    rules: words.rules,
  };
}
