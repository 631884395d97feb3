/** `/audit`: who did what, to jobs and to what is stored, the newest first. */
import { type Request, Router } from "express";
import { z } from "zod";
import type { AuditRecord } from "../../cache/audit.ts";
import type { PurgeLog } from "../../cache/purge/log.ts";
import { createJobAudit, type JobAct } from "../../queues/audit.ts";
import type { RedisClient } from "../../redis/connect.ts";
import { inTime, showing } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { escapeHtml, page } from "./page.ts";
import { readFields } from "./read-fields.ts";

/** One line of the audit, whatever it was done to. */
interface Act extends Pick<JobAct, "id" | "time" | "who" | "action" | "count" | "failed"> {
  /** The first few things that it was done to. */
  readonly what: readonly string[];
}

const AWAY = "The Redis that records who did what does not answer.";
const query = z.strictObject({
  limit: z.coerce.number("must be a number from 1 to 1000").int().min(1).max(1_000).default(100),
});

/** As a page or as JSON. `connection`: to the queue role. */
export function createAuditPart(
  purges: Pick<PurgeLog, "audit">,
  connection: RedisClient,
): ControlPart {
  const router = Router();
  const jobs = createJobAudit(connection);
  const look = async (req: Request): Promise<Act[]> => {
    const { limit } = readFields(query, req.query);
    const both = Promise.all([jobs.read(limit), purges.audit(limit)]);
    const [ofQueue, ofStore] = await inTime(both, AWAY);
    return [...ofQueue.map(ofJobs), ...ofStore.map(ofCache)]
      .sort((a, b) => (a.time < b.time ? 1 : -1))
      .slice(0, limit);
  };
  router.get(
    "/",
    showing(look, auditPage, (acts) => ({ acts })),
  );
  return {
    path: "/audit",
    title: "Audit",
    about: "Who did what to jobs and to what is stored.",
    router,
  };
}

function ofJobs({ queue, what, ...act }: JobAct): Act {
  const where = queue === undefined ? "all queues" : `queue ${queue}`;
  if (what === undefined) return { ...act, what: [where] };
  return { ...act, what: [queue === undefined ? what : `${where}: ${what}`] };
}

function ofCache({ id, time, who, action, mode, what, count }: AuditRecord): Act {
  return { id, time, who, action: mode === undefined ? action : `${mode} ${action}`, what, count };
}

function auditPage(acts: readonly Act[]): string {
  if (acts.length === 0) return page("Audit", "<p>Nothing was done yet.</p>");
  return page("Audit", `<dl>\n${acts.map(entryOf).join("\n")}\n</dl>`, 30);
}

function entryOf({ time, who, action, what, count, failed }: Act): string {
  const done = `${action} (${count})${failed ? ", failed" : ""}: ${what.join(", ")}`;
  return `<dt>${escapeHtml(`${time} ${who}`)}</dt><dd>${escapeHtml(done)}</dd>`;
}
