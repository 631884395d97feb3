/** `/audit`: who did what, to jobs and to what is stored, the newest first. */
import { Router } from "express";
import { z } from "zod";
import type { AuditRecord } from "../../cache/audit.ts";
import type { PurgeLog } from "../../cache/purge/log.ts";
import { createJobAudit, type JobAct } from "../../queues/audit.ts";
import { within } from "../../queues/within.ts";
import type { RedisClient } from "../../redis/connect.ts";
import { storeAway, withProblems } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { firstFault } from "./named-request.ts";
import { escapeHtml, page } from "./page.ts";

/** One line of the audit, whatever it was done to. */
interface Act extends Pick<JobAct, "id" | "time" | "who" | "action" | "count" | "failed"> {
  /** The first few things that it was done to. */
  readonly what: readonly string[];
}

const LIMIT_MS = 2_000;
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
  const read = async (limit: number): Promise<Act[]> => {
    const both = Promise.all([jobs.read(limit), purges.audit(limit)]);
    const acts = await within(LIMIT_MS, both).catch(() => undefined);
    if (acts === undefined) throw storeAway("The Redis that records who did what does not answer.");
    return [...acts[0].map(ofJobs), ...acts[1].map(ofCache)]
      .sort((a, b) => (a.time < b.time ? 1 : -1))
      .slice(0, limit);
  };
  router.get(
    "/",
    withProblems(async (req, res) => {
      const wanted = query.safeParse(req.query);
      if (!wanted.success) throw firstFault(wanted.error);
      const acts = await read(wanted.data.limit);
      if (req.accepts("json", "html") === "html") res.type("html").send(auditPage(acts));
      else res.json({ acts });
    }),
  );
  return {
    path: "/audit",
    title: "Audit",
    about: "Who did what to jobs and to what is stored.",
    router,
  };
}

function ofJobs({ queue, what, ...act }: JobAct): Act {
  const where = [queue === undefined ? "all queues" : `queue ${queue}`, what];
  return { ...act, what: [where.filter((part) => part !== undefined).join(": ")] };
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
