/** `/schedules`: what runs by the clock, and running it now. */
import { type Request, Router } from "express";
import { z } from "zod";
import {
  listSchedules,
  runSchedule,
  type ScheduleFacts,
  type ScheduleQueues,
  type StartedRun,
} from "../../queues/list-schedules.ts";
import { isoTime } from "../iso-time.ts";
import { acting, inTime, ProblemError, showing } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { escapeHtml, page } from "./page.ts";
import { readFields } from "./read-fields.ts";
import type { Recorded } from "./recorded.ts";

const wanted = z.strictObject({ name: z.string("must be the name of a schedule").min(1).max(500) });

/** GET: the schedules, as a page or as JSON. POST /run with `{ "name": … }`: one more run, now. */
export function createSchedulesPart(queues: ScheduleQueues, recorded: Recorded): ControlPart {
  const router = Router();
  router.get(
    "/",
    showing(
      () => inTime(listSchedules(queues)),
      schedulesPage,
      (schedules) => ({ schedules }),
    ),
  );
  router.post(
    "/run",
    acting("/schedules", (req) => run(queues, req, recorded)),
  );
  return {
    path: "/schedules",
    title: "Schedules",
    about: "What runs by the clock: when next, how it went last, and running it now.",
    router,
  };
}

async function run(queues: ScheduleQueues, req: Request, recorded: Recorded): Promise<StartedRun> {
  const { name } = readFields(wanted, req.body ?? {});
  return recorded(req, { action: "run scheduler", what: name, count: 1 }, async () => {
    const started = await inTime(runSchedule(queues, name));
    if (started !== undefined) return started;
    const detail = "No schedule has this name; GET /schedules lists them.";
    throw new ProblemError({ status: 404, type: "not-found", detail });
  });
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
    ...(nextAt === undefined ? [] : [`next ${isoTime(nextAt)}`]),
    ...(last === undefined
      ? []
      : [`last ${last.outcome} ${isoTime(last.endedAt)} ${last.failure ?? ""}`]),
  ];
  const form = `<form method="post" action="/schedules/run"><input type="hidden" name="name" value="${escapeHtml(name)}"><button>Run now</button></form>`;
  return `<dt>${escapeHtml(name)}</dt>${lines.map((line) => `<dd>${escapeHtml(line)}</dd>`).join("")}<dd>${form}</dd>`;
}
