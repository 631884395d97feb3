/** What visitors do: have a report made, delete those about themselves, opt out and back in. */
import type { Request, Response } from "express";
import type { OptOuts } from "../../reports/opt-out.ts";
import type { AnswerAccepted } from "../jobs-accepted.ts";
import { noteOf } from "../note.ts";
import type { Who } from "../sign-in/who.ts";
import { problems } from "./problems.ts";
import type { ReportSource } from "./source.ts";
import type { Started, StartReport } from "./start.ts";
import { loginOf, pagePath, type Subject, subjectOf } from "./subject.ts";
import { refuse, type SiteTools } from "./tools.ts";

type SignedIn = Extract<Who, { id: string }>;
type Act = (req: Request, res: Response, who: SignedIn) => Promise<void>;

export interface ActTools extends SiteTools {
  readonly start: StartReport;
  readonly reports: Pick<ReportSource, "forget">;
  readonly optOuts: Pick<OptOuts, "add" | "remove">;
  readonly answerAccepted: AnswerAccepted;
  readonly now: () => number;
}

/** From the button of a page: leads back to the page, which shows how it goes. */
export function startFromPage(tools: ActTools): Act {
  return starting(tools, async (_req, res, { login, period: { query } }, started) => {
    const job = started.is === "made" ? `${query === "" ? "?" : "&"}job=${started.job.id}` : "";
    res.redirect(303, pagePath(login) + query + job);
  });
}

/** From a program: 202 and where the job is, or the result for who prefers to wait. */
export function startFromApi(tools: ActTools): Act {
  return starting(tools, async (req, res, { login, period }, started) => {
    const resultUrl = apiPath(login) + period.query;
    if (started.is === "fresh") return res.redirect(303, resultUrl);
    await tools.answerAccepted(req, res, { queue: "report", resultUrl, ...started.job });
  });
}

type AnswerStarted = (
  req: Request,
  res: Response,
  subject: Subject,
  started: Exclude<Started, { is: "refused" }>,
) => Promise<void>;

function starting(tools: ActTools, answer: AnswerStarted): Act {
  return async (req, res, who) => {
    const subject = subjectOf(req, tools.now());
    if ("problem" in subject) return refuse(tools, req, res, who, subject.problem);
    const started = await tools.start(subject, who.session);
    if (started.is === "refused") return refuse(tools, req, res, who, started.problem);
    noteOf(req).outcome = `report-${started.is}`;
    await answer(req, res, subject, started);
  };
}

/** Where programs find the report about a login. */
export function apiPath(login: string): string {
  return `/api/reports/github/${login}`;
}

/** Deletes all reports about the visitor. */
export function forgetFromPage(tools: ActTools): Act {
  return ownOnly(tools, async (login, res) => {
    await tools.reports.forget(login);
    res.redirect(303, "/privacy?done=deleted");
  });
}

/** The same for programs. */
export function forgetFromApi(tools: ActTools): Act {
  return ownOnly(tools, async (login, res) => {
    await tools.reports.forget(login);
    res.status(204).set("Cache-Control", "no-store").end();
  });
}

/** The wish counts before anything is deleted, so that nothing is made meanwhile. */
export function optOut(tools: ActTools): Act {
  return ownOnly(tools, async (login, res) => {
    await tools.optOuts.add(login);
    await tools.reports.forget(login);
    res.redirect(303, "/privacy?done=opted-out");
  });
}

/** Reports about the visitor may be made again. */
export function optIn(tools: ActTools): Act {
  return ownOnly(tools, async (login, res) => {
    await tools.optOuts.remove(login);
    res.redirect(303, "/privacy");
  });
}

function ownOnly(tools: ActTools, act: (login: string, res: Response) => Promise<void>): Act {
  return async (req, res, who) => {
    const login = loginOf(req.params.login)?.toLowerCase();
    if (login === undefined || login !== who.session.visitor.login.toLowerCase())
      return refuse(tools, req, res, who, problems.notYours);
    await act(login, res);
  };
}
