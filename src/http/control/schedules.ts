/** `/schedules`: what runs by the clock, and running it now. */
import { randomUUID } from "node:crypto";
import express, { type Request, Router } from "express";
import { z } from "zod";
import type { Logger } from "../../logger.ts";
import { createJobAudit, type JobAct } from "../../queues/audit.ts";
import {
  listSchedules,
  runSchedule,
  type ScheduleFacts,
  type ScheduleQueues,
  type StartedRun,
} from "../../queues/list-schedules.ts";
import { within } from "../../queues/within.ts";
import { ProblemError, storeAway, withProblems } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { firstFault } from "./named-request.ts";
import { escapeHtml, page } from "./page.ts";
import { whoOf } from "./who.ts";

/** Longest that one look or one start takes. */
const LIMIT_MS = 2_000;

const wanted = z.strictObject({ name: z.string("must be the name of a schedule").min(1).max(500) });

/** GET: the schedules, as a page or as JSON. POST /run with `{ "name": … }`: one more run, now. */
export function createSchedulesPart(queues: ScheduleQueues, logger: Logger): ControlPart {
  const router = Router();
  const list = () => inTime(listSchedules(queues));
  router.get(
    "/",
    withProblems(async (req, res) => {
      const schedules = await list();
      if (req.accepts("json", "html") === "html") res.type("html").send(schedulesPage(schedules));
      else res.json({ schedules });
    }),
  );
  router.post(
    "/run",
    express.json({ limit: "16kb" }),
    express.urlencoded({ extended: false, limit: "16kb" }),
    withProblems(async (req, res) => {
      const started = await run(queues, req, logger);
      if (req.is("urlencoded")) res.redirect(303, "/schedules");
      else res.json(started);
    }),
  );
  return {
    path: "/schedules",
    title: "Schedules",
    about: "What runs by the clock: when next, how it went last, and running it now.",
    router,
  };
}

async function run(queues: ScheduleQueues, req: Request, logger: Logger): Promise<StartedRun> {
  const read = wanted.safeParse(req.body ?? {});
  if (!read.success) throw firstFault(read.error);
  const { name } = read.data;
  const who = whoOf(req);
  const fail = await record(queues, { who, action: "run scheduler", what: name, count: 1 }, logger);
  try {
    const { started } = await inTime(runSchedule(queues, name).then((run) => ({ started: run })));
    if (started === undefined) {
      const detail = "No schedule has this name; GET /schedules lists them.";
      throw new ProblemError({ status: 404, type: "not-found", detail });
    }
    logger.info({ schedule: name, who, ...started }, "Schedule run by hand");
    return started;
  } catch (thrown) {
    fail();
    throw thrown;
  }
}

/** Before the act: what cannot be recorded is not done. Resolves with the way to record that it failed. */
async function record(
  { connection }: ScheduleQueues,
  facts: Pick<JobAct, "who" | "action" | "what" | "count">,
  logger: Logger,
): Promise<() => void> {
  const audit = createJobAudit(connection);
  const act = { id: randomUUID(), time: new Date().toISOString(), ...facts };
  await inTime(audit.add(act).then(() => act));
  return () => {
    audit.add({ ...act, failed: true }).catch((err: unknown) => {
      logger.warn({ err, id: act.id }, "The audit lacks that it failed");
    });
  };
}

async function inTime<T extends object>(work: Promise<T>): Promise<T> {
  const done = await within(LIMIT_MS, work).catch(() => undefined);
  if (done === undefined) throw storeAway("The queue's Redis does not answer.");
  return done;
}

function schedulesPage(schedules: readonly ScheduleFacts[]): string {
  if (schedules.length === 0) return page("Schedules", "<p>Nothing is scheduled.</p>");
  return page("Schedules", `<dl>\n${schedules.map(entryOf).join("\n")}\n</dl>`, 30);
}

function entryOf(schedule: ScheduleFacts): string {
  const { name, queue, pattern, timeZone, everyMs, state, nextAt, last } = schedule;
  const when = pattern === undefined ? `every ${(everyMs ?? 0) / 1_000} s` : pattern;
  const lines = [
    `${when}${timeZone === undefined ? "" : ` (${timeZone})`} in queue ${queue}: ${state}`,
    ...(nextAt === undefined ? [] : [`next ${new Date(nextAt).toISOString()}`]),
    ...(last === undefined
      ? []
      : [`last ${last.outcome} ${new Date(last.endedAt).toISOString()} ${last.failure ?? ""}`]),
  ];
  const form = `<form method="post" action="/schedules/run"><input type="hidden" name="name" value="${escapeHtml(name)}"><button>Run now</button></form>`;
  return `<dt>${escapeHtml(name)}</dt>${lines.map((line) => `<dd>${escapeHtml(line)}</dd>`).join("")}<dd>${form}</dd>`;
}
