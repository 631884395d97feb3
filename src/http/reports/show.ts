/** Shows a report: as a page, or as JSON. No GET has effects. */
import type { Request, Response } from "express";
import { dayOf, PERIODS, type PeriodName } from "../../reports/chosen-period.ts";
import { reportDocument } from "../../reports/document.ts";
import { jobPath } from "../jobs-document.ts";
import { noteOf } from "../note.ts";
import { wantsJson } from "../pages/error-page.ts";
import { reportPage, type Standing } from "../pages/report/page.ts";
import type { PeriodTabs } from "../pages/report/periods.ts";
import { missingPage, progressPage } from "../pages/report/waiting.ts";
import { send } from "../pages/send.ts";
import type { Who } from "../sign-in/who.ts";
import { progressOf } from "./job.ts";
import type { createLook, Look } from "./look.ts";
import { problems } from "./problems.ts";
import type { Rendered } from "./rendered.ts";
import { pagePath, type Subject, subjectOf } from "./subject.ts";
import { refuse, type SiteTools, viewerOf } from "./tools.ts";

export interface ShowTools extends SiteTools {
  readonly look: ReturnType<typeof createLook>;
  readonly rendered: Rendered;
  readonly now: () => number;
}

/** The page of a report, wherever it stands; JSON for who prefers it. */
export async function showPage(tools: ShowTools, req: Request, res: Response, who: Who) {
  if (wantsJson(req)) return showJson(tools, req, res, who);
  const subject = subjectOf(req, tools.now());
  if ("problem" in subject) return refuse(tools, req, res, who, subject.problem);
  const { login, period } = subject;
  const path = pagePath(login);
  if (req.params.login !== login) return res.redirect(301, path + period.query);
  const look = await tools.look(subject, req.query.job, who.session !== undefined);
  if (look.is === "opted-out") return refuse(tools, req, res, who, problems.optedOut);
  noteOf(req).outcome = `report-${look.is}`;
  // The job that the page was opened for is done: the address to share goes without it.
  if (req.query.job !== undefined && look.is === "stored" && isDone(look))
    return res.redirect(303, path + period.query);
  sendPage(tools, { req, res, who, subject, look });
}

interface Shown {
  readonly req: Request;
  readonly res: Response;
  readonly who: Who;
  readonly subject: Subject;
  readonly look: Exclude<Look, { is: "opted-out" }>;
}

/** The page of a settled report is the same for all who are not signed in. */
function sendPage(tools: ShowTools, { req, res, who, subject, look }: Shown): void {
  const make = () => pageOf(tools, subject, look, who);
  const type = "text/html; charset=utf-8";
  if (look.is !== "stored") {
    send(req, res, { status: look.is === "none" ? 404 : 200, type, body: make(), keep: "none" });
    return;
  }
  const isShared = who.session === undefined && isDone(look);
  const name = `page ${subject.period.query} ${dayOf(tools.now())} ${look.stale}`;
  const body = isShared ? tools.rendered(look.report, name, make) : make();
  send(req, res, { type, body, keep: isShared ? "shared" : who.session ? "private" : "none" });
}

function isDone({ job, failure }: Extract<Look, { is: "stored" }>): boolean {
  return job === undefined && failure === undefined;
}

function pageOf(
  { site, now }: ShowTools,
  subject: Subject,
  look: Exclude<Look, { is: "opted-out" }>,
  who: Who,
): string {
  const { login, period } = subject;
  const viewer = viewerOf(who);
  const page = { path: pagePath(login), query: period.query, tabs: tabsOf(subject, now()) };
  if (look.is === "stored")
    return reportPage(site, viewer, {
      ...page,
      view: look.report.view,
      standing: standingOf(look),
    });
  const waiting = { ...page, login, periodText: period.text };
  if (look.is === "making") return progressPage(site, viewer, waiting, progressOf(look.job));
  return missingPage(site, viewer, waiting, look.failure);
}

function standingOf({ job, failure, stale }: Extract<Look, { is: "stored" }>): Standing {
  if (job !== undefined) return { is: "updating", jobPath: jobPath(job.id) };
  if (failure !== undefined) return { is: "failed", reason: failure };
  return { is: stale ? "stale" : "current" };
}

function tabsOf({ login, period }: Subject, now: number): PeriodTabs {
  const path = pagePath(login);
  const links = Object.entries(PERIODS).map(([name, { label }]) => ({
    label,
    href: path + ((name as PeriodName) === "1_year" ? "" : `?period=${name}`),
    current: name === period.name,
  }));
  return {
    links,
    path,
    today: dayOf(now),
    ...(period.name === "custom" && { own: { since: period.since, until: period.until } }),
  };
}

/** The report as the API tells it; 202 and where to look while it is being made. */
export async function showJson(tools: ShowTools, req: Request, res: Response, who: Who) {
  const subject = subjectOf(req, tools.now());
  if ("problem" in subject) return refuse(tools, req, res, who, subject.problem);
  const look = await tools.look(subject, undefined, who.session !== undefined);
  if (look.is === "opted-out") return refuse(tools, req, res, who, problems.optedOut);
  if (look.is === "none") return refuse(tools, req, res, who, problems.noReport);
  noteOf(req).outcome = `report-${look.is}`;
  if (look.is === "making") {
    const job = jobPath(look.job.id);
    res.status(202).set({ Location: job, "Retry-After": "2", "Cache-Control": "no-store" });
    res.json({ job, state: look.job.state });
    return;
  }
  const { report, stale, job } = look;
  const make = () => {
    const more = { stale, ...(job && { job: jobPath(job.id) }) };
    return `${JSON.stringify({ ...reportDocument(report.report), ...more })}\n`;
  };
  send(req, res, {
    type: "application/json",
    body: job === undefined ? tools.rendered(report, `json ${stale}`, make) : make(),
    keep: who.session === undefined && job === undefined ? "shared" : "private",
  });
}
