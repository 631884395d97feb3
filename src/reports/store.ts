/** Reports in the durable role: for good, each in one piece with what can be told of it. */
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { RedisClient } from "../redis/connect.ts";
import { createFencedScript, type Fence } from "../redis/fence.ts";
import { reportKeys } from "../redis/keys.ts";
import {
  metaSchema,
  REPORT_VERSION,
  type Report,
  type ReportKey,
  type ReportMeta,
  reportSchema,
} from "./report.ts";

/** `kept`: what was there is better and stays. `lost`: the job belongs to another run by now, or has written already. */
export type Written = "written" | "kept" | "lost";

/** Every call rejects while Redis is away. */
export interface ReportStore {
  /** Undefined also for a report of another version of the form. */
  read(key: ReportKey): Promise<Report | undefined>;
  meta(key: ReportKey): Promise<ReportMeta | undefined>;
  /** A partial report replaces neither a complete one nor one with less missing. */
  write(key: ReportKey, report: Report, fence: Fence): Promise<Written>;
  /** Deletes all reports about a login. */
  forget(login: string): Promise<void>;
}

const pack = promisify(gzip);
const unpack = promisify(gunzip);

const write = createFencedScript<"written" | "kept">(`
local report, all = KEYS[1], KEYS[2]
local version, complete, missing = ARGV[1], ARGV[3], tonumber(ARGV[4])
local old = redis.call('HMGET', report, 'version', 'complete', 'missing')
if old[1] == version and complete == '0' and (old[2] == '1' or tonumber(old[3]) < missing) then
  return 'kept'
end
redis.call('HSET', report, 'version', version, 'madeAt', ARGV[2], 'complete', complete, 'missing', missing, 'report', ARGV[5])
redis.call('SADD', all, report)
return 'written'
`);

/** `client`: to the queue role. */
export function createReportStore(client: RedisClient): ReportStore {
  return {
    async read(key) {
      const packed = await client.hgetBuffer(keyOf(key), "report");
      if (packed === null) return undefined;
      const text = await unpack(packed).catch(() => undefined);
      const read = reportSchema.safeParse(parsed(text?.toString()));
      return read.success ? read.data : undefined;
    },
    async meta(key) {
      const [version, madeAt, complete, missing] = await client.hmget(
        keyOf(key),
        ...["version", "madeAt", "complete", "missing"],
      );
      const read = metaSchema.safeParse({
        version: Number(version),
        madeAt: Number(madeAt),
        complete: complete === "1",
        missing: Number(missing),
      });
      return read.success ? read.data : undefined;
    },
    async write(key, report, fence) {
      const { madeAt, coverage } = report;
      const missing = coverage.missing.reduce((sum, { count }) => sum + count, 0);
      const packed = await pack(JSON.stringify(report));
      const keys = [keyOf(key), reportKeys(key.login).all];
      const facts = [REPORT_VERSION, madeAt, coverage.complete ? "1" : "0", missing];
      const committed = await write(client, fence, keys, [...facts, packed]);
      return committed.outcome === "written" ? committed.reply : "lost";
    },
    async forget(login) {
      const { all } = reportKeys(login.toLowerCase());
      const keys = await client.smembers(all);
      await client.del(all, ...keys);
    },
  };
}

function keyOf({ login, period, stars }: ReportKey): string {
  return reportKeys(login).report(period, stars ? "stars" : "plain");
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
