/** The stream of purges in the durable role: what is written to it, and how it is read. */
import { z } from "zod";
import type { RedisClient } from "../../redis/connect.ts";
import { PURGE_ALL_PAUSE, PURGE_AUDIT, PURGE_LOG } from "../../redis/keys.ts";
import { createScript } from "../../redis/script.ts";
import { readStored } from "../../redis/stored-json.ts";
import { type AuditRecord, parseAuditRecord } from "../audit.ts";
import type { PurgeMarker } from "./purge.ts";

/** What is written in one step: all of it or nothing. */
export interface Addition {
  readonly markers: readonly PurgeMarker[];
  readonly record?: AuditRecord | undefined;
  /** Refuse when something was added with a pause less than this long ago. */
  readonly pauseMs?: number | undefined;
}

/** `length` is that of the stream; `waitMs` what is left of the pause. */
export type Added =
  | { readonly added: true; readonly length: number }
  | { readonly added: false; readonly waitMs: number };

const AUDIT_RECORDS = 10_000;

/** ARGV: pause in ms or 0, audit record or nothing, markers. */
const addScript = createScript(`
if ARGV[1] ~= '0' then
  local wait = redis.call('PTTL', KEYS[3])
  if wait > 0 then return {0, wait} end
  redis.call('SET', KEYS[3], '1', 'PX', ARGV[1])
end
for i = 3, #ARGV do redis.call('XADD', KEYS[1], '*', 'marker', ARGV[i]) end
if ARGV[2] ~= '' then redis.call('XADD', KEYS[2], 'MAXLEN', '~', ${AUDIT_RECORDS}, '*', 'record', ARGV[2]) end
return {1, redis.call('XLEN', KEYS[1])}
`);

/** Rejects when Redis does not take it, or does not say so in time; then all of it may have been taken all the same. */
export async function addToPurges(client: RedisClient, addition: Addition): Promise<Added> {
  const { markers, record, pauseMs = 0 } = addition;
  const reply = await addScript(
    client,
    [PURGE_LOG, PURGE_AUDIT, PURGE_ALL_PAUSE],
    [
      pauseMs,
      record === undefined ? "" : JSON.stringify(record),
      ...markers.map((marker) => JSON.stringify(marker)),
    ],
  );
  const [added, figure] = reply as [number, number];
  return added === 1 ? { added: true, length: figure } : { added: false, waitMs: figure };
}

/** The newest records, newest first. Rejects when Redis does not answer. */
export async function readAudit(client: RedisClient, count: number): Promise<AuditRecord[]> {
  const entries = await client.xrevrange(PURGE_AUDIT, "+", "-", "COUNT", count);
  return entries.flatMap(([, fields]) => parseAuditRecord(fieldOf(fields, "record")) ?? []);
}

/** Removes all that stands before `id`. */
export async function trimPurges(client: RedisClient, id: string): Promise<void> {
  await client.xtrim(PURGE_LOG, "MINID", id);
}

export interface PurgePage {
  readonly markers: readonly PurgeMarker[];
  /** Texts that are no markers, which `markers` has a stand-in for. */
  readonly misread: number;
  /** Where to read on. */
  readonly last: string;
}

/** Up to `count` markers after the id `after`. With `blockMs` it waits that long for one. */
export async function readPurges(
  client: RedisClient,
  after: string,
  count: number,
  blockMs?: number,
): Promise<PurgePage> {
  const read =
    blockMs === undefined
      ? await client.xread("COUNT", count, "STREAMS", PURGE_LOG, after)
      : await client.xread("COUNT", count, "BLOCK", blockMs, "STREAMS", PURGE_LOG, after);
  const entries = read?.[0]?.[1] ?? [];
  let misread = 0;
  const markers = entries.map(([id, fields]) => {
    const marker = readStored(markerSchema, fieldOf(fields, "marker"));
    if (marker === undefined) misread += 1;
    return marker ?? unknownPurge(id);
  });
  return { markers, misread, last: entries.at(-1)?.[0] ?? after };
}

const scopeSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("all") }),
  z.strictObject({ kind: z.literal("route"), route: z.string() }),
  z.strictObject({ kind: z.literal("tag"), tag: z.string(), route: z.string().optional() }),
  z.strictObject({ kind: z.literal("url"), route: z.string(), target: z.string() }),
  z.strictObject({ kind: z.literal("prefix"), route: z.string(), target: z.string() }),
]);
const markerSchema = z.object({
  scope: scopeSchema,
  fence: z.number(),
  at: z.number(),
  soft: z.boolean(),
  id: z.string().optional(),
});

/** A purge of another version, or of another hand, may mean anything: all that was stored before it is asked for again. */
function unknownPurge(id: string): PurgeMarker {
  const at = Number(id.split("-")[0]);
  return { scope: { kind: "all" }, fence: at * 1_000, at, soft: true };
}

function fieldOf(fields: readonly string[], name: string): string {
  return fields[fields.indexOf(name) + 1] ?? "";
}
