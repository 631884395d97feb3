/** `/purge`: operators drop or expire what is stored, try it first, and read who did what. */
import { randomUUID } from "node:crypto";
import express, { type Request, Router } from "express";
import { z } from "zod";
import type { AuditRecord } from "../../cache/audit.ts";
import type { PurgeLog } from "../../cache/purge/log.ts";
import { previewPurge } from "../../cache/purge/preview.ts";
import type { RefreshTools } from "../../cache/refresh.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { StartOfValue } from "../../store/scan.ts";
import { isoTime } from "../iso-time.ts";
import { shownText } from "../shown.ts";
import { answering, ProblemError, storeAway } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { usagePage } from "./page.ts";
import { type KnownRoutes, type PurgeRequest, parsePurgeRequest } from "./purge-request.ts";
import { readFields } from "./read-fields.ts";
import { whoOf } from "./who.ts";

export interface PurgeOptions extends KnownRoutes {
  readonly tools: Pick<RefreshTools, "store" | "flights" | "now">;
  readonly purges: PurgeLog;
  /** Everything that is stored, a page at a time. */
  readonly scan: () => AsyncIterable<readonly StartOfValue[]>;
  readonly logger: Logger;
}

/** Between two purges of everything, in the whole fleet. */
const ALL_PAUSE_MS = 30_000;
/** Longest that a dry run looks through the store. */
const PREVIEW_MS = 5_000;
/** Things that the audit names; of more it tells the number. */
const MOST_TOLD = 20;
const LONGEST_TOLD = 300;

const USAGE = `POST /purge   Content-Type: application/json

One of   "url": …  "urls": […]  "tag": …  "tags": […]  "prefix": …  "route": …  "all": true
and      "mode": "hard" (gone) or "soft" (stale, still there when the source fails)
         "dryRun": true (counts and samples, and nothing is purged)

GET /purge/audit?limit=50   who purged what

From a shell: warmfront purge --help`;

export function createPurgePart(options: PurgeOptions): ControlPart {
  const router = Router();
  const preview = createPreview(options);
  router.get("/", (_req, res) => {
    res.type("html").send(usagePage("Purge", USAGE));
  });
  router.post(
    "/",
    express.json({ limit: "5mb" }),
    answering(async (req) => {
      const wanted = parsePurgeRequest(req.body, options);
      return wanted.dryRun ? preview(wanted) : purge(options, wanted, req);
    }),
  );
  router.get(
    "/audit",
    answering(async (req) => ({ records: await readAudit(options, req.query) })),
  );
  return { path: "/purge", title: "Purge", about: "Drop or expire what is stored.", router };
}

async function purge(
  { tools, purges, logger }: PurgeOptions,
  { mode, what, scopes }: PurgeRequest,
  req: Request,
): Promise<object> {
  const at = tools.now();
  const record: AuditRecord = {
    id: randomUUID(),
    time: isoTime(at),
    who: whoOf(req),
    action: "purge",
    mode,
    count: what.length,
    what: what.slice(0, MOST_TOLD).map((one) => shownText(one).slice(0, LONGEST_TOLD)),
  };
  const { fence } = await tools.flights.alone();
  const markers = scopes.map((scope) => ({
    ...{ scope, fence, at, soft: mode === "soft", id: record.id },
  }));
  const isAll = scopes.some(({ kind }) => kind === "all");
  const added = await purges
    .append({ markers, record, pauseMs: isAll ? ALL_PAUSE_MS : 0 })
    .catch((error: unknown) => {
      logger.warn({ reason: messageOf(error) }, "A purge was not taken");
      throw notTaken();
    });
  if (!added.added) throw tooSoon(added.waitMs);
  logger.info(record, "Purged");
  return record;
}

function notTaken(): ProblemError {
  return storeAway(
    "The Redis that records purges does not answer or is full. Repeat the purge when it does: purging twice does no harm.",
  );
}

function tooSoon(waitMs: number): ProblemError {
  return new ProblemError({
    status: 429,
    type: "purge-too-soon",
    detail: "Everything was purged just now, which empties the cache for all clients.",
    retryAfter: Math.ceil(waitMs / 1_000),
  });
}

/** Dry runs, one at a time: each looks through the whole store. */
function createPreview({ tools, purges, scan, logger }: PurgeOptions) {
  let isRunning = false;
  return async ({ mode, what, scopes }: PurgeRequest): Promise<object> => {
    if (isRunning)
      throw new ProblemError({
        status: 429,
        type: "purge-too-soon",
        detail: "Another dry run is looking through the store.",
        retryAfter: 1,
      });
    isRunning = true;
    try {
      const found = await previewPurge({
        ...{ store: tools.store, pages: scan(), purges: purges.markers, scopes },
        limitMs: PREVIEW_MS,
      });
      const samples = found.samples.map((sample) => ({
        ...sample,
        target: shownText(sample.target),
        storedAt: isoTime(sample.storedAt),
      }));
      return { dryRun: true, mode, what, count: found.count, cut: found.cut, samples };
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, "A dry run of a purge failed");
      throw storeAway("The Redis of the cache does not answer.");
    } finally {
      isRunning = false;
    }
  };
}

const auditQuery = z.strictObject({
  limit: z.coerce.number("must be a number from 1 to 1000").int().min(1).max(1_000).default(50),
});

async function readAudit(
  { purges }: PurgeOptions,
  query: unknown,
): Promise<readonly AuditRecord[]> {
  const { limit } = readFields(auditQuery, query);
  return purges.audit(limit).catch(() => {
    throw storeAway("The Redis that records purges does not answer.");
  });
}
