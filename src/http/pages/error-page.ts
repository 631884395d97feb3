/** Errors as people and programs see them. */
import type { Request, Response } from "express";
import { noteOf } from "../note.ts";
import { type Problem, sendProblem } from "../problem.ts";
import { type Html, html, NOTHING } from "./html.ts";
import { send } from "./send.ts";
import { type Site, shell, type Viewer } from "./shell.ts";

/** A problem with what a person needs beside it. */
export interface PageProblem extends Problem {
  readonly title: string;
  /** What to do now. */
  readonly action?: Html;
}

/** Whether the client would rather have JSON than a page. */
export function wantsJson(req: Request): boolean {
  return req.accepts(["html", "json", "application/problem+json"]) !== "html";
}

/** Writes the problem as a page, or as problem details for programs. */
export function sendPageProblem(
  req: Request,
  res: Response,
  { site, viewer, problem }: { site: Site; viewer: Viewer | undefined; problem: PageProblem },
): void {
  const note = noteOf(req);
  note.outcome = problem.type;
  if (wantsJson(req)) {
    sendProblem(req, res, problem, { id: note.id });
    return;
  }
  const { status, title, retryAfter, allow } = problem;
  const fields = {
    ...(retryAfter !== undefined && { "Retry-After": String(retryAfter) }),
    ...(allow !== undefined && { Allow: allow }),
  };
  send(req, res, {
    status,
    type: "text/html; charset=utf-8",
    body: shell(site, { title, path: req.originalUrl, viewer, body: bodyOf(problem) }),
    keep: "none",
    fields,
  });
}

function bodyOf({ status, title, detail, action = NOTHING }: PageProblem): Html {
  return html`<section class="notice-page">
<p class="code">${status}</p>
<h1>${title}</h1>
<p>${detail}</p>
<div class="actions">${action}</div>
</section>`;
}
