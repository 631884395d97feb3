/** Pictures of a report: the card for READMEs, and what link previews show. */
import type { Request, Response } from "express";
import { LRUCache } from "lru-cache";
import { noteOf } from "../note.ts";
import { cardSvg, emptyCardSvg } from "../pages/report/card.ts";
import { previewPng } from "../pages/report/preview.ts";
import { send } from "../pages/send.ts";
import type { Who } from "../sign-in/who.ts";
import { problems } from "./problems.ts";
import type { ShowTools } from "./show.ts";
import { type Subject, subjectOf } from "./subject.ts";
import { refuse } from "./tools.ts";

/** Other sites embed them. A picture that is drawn is drawn alone: nothing in it is loaded or run. */
const FIELDS = {
  "Content-Security-Policy": "default-src 'none'",
  "Cross-Origin-Resource-Policy": "cross-origin",
  Vary: "Accept-Encoding",
};
const KEEP = { "Cache-Control": "public, max-age=300, s-maxage=300" };

export async function showCard(tools: ShowTools, req: Request, res: Response, who: Who) {
  const subject = subjectOf(req, tools.now());
  if ("problem" in subject) return refuse(tools, req, res, who, subject.problem);
  const look = await tools.look(subject);
  noteOf(req).outcome = "report-card";
  const theme = req.query.theme === "dark" ? "dark" : "light";
  const isThere = look.is === "stored";
  send(req, res, {
    status: isThere ? 200 : look.is === "opted-out" ? 410 : 404,
    type: "image/svg+xml",
    body: isThere
      ? cardSvg(look.report.view, theme)
      : emptyCardSvg("There is no report here.", theme),
    keep: isThere ? "shared" : "none",
    fields: { ...FIELDS, ...(isThere && KEEP) },
  });
}

/** So many previews are kept: drawing one takes long. */
const PREVIEWS = 100;

export function createShowPreview(tools: ShowTools) {
  const drawn = new LRUCache<string, Promise<Buffer>>({ max: PREVIEWS });
  const draw = (key: string, ...[view]: Parameters<typeof previewPng>) => {
    const known = drawn.get(key);
    if (known !== undefined) return known;
    const drawing = previewPng(view);
    drawn.set(key, drawing);
    drawing.catch(() => drawn.delete(key));
    return drawing;
  };
  return async (req: Request, res: Response, who: Who) => {
    const subject = subjectOf(req, tools.now());
    if ("problem" in subject) return refuse(tools, req, res, who, subject.problem);
    const look = await tools.look(subject);
    if (look.is === "opted-out") return refuse(tools, req, res, who, problems.optedOut);
    if (look.is !== "stored") return refuse(tools, req, res, who, problems.noReport);
    noteOf(req).outcome = "report-preview";
    const { view, madeAt } = look.report;
    const body = await draw(keyOf(subject, madeAt), view);
    send(req, res, { type: "image/png", body, keep: "shared", fields: { ...FIELDS, ...KEEP } });
  };
}

function keyOf({ login, period }: Subject, madeAt: number): string {
  return `${login}${period.query} ${madeAt}`;
}
