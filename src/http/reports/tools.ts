/** What all handlers of the site have at hand. */
import type { Request, RequestHandler, Response } from "express";
import type { Logger } from "../../logger.ts";
import { type PageProblem, sendPageProblem } from "../pages/error-page.ts";
import type { Site, Viewer } from "../pages/shell.ts";
import { isOurs } from "../sign-in/csrf.ts";
import { problems as signInProblems } from "../sign-in/problems.ts";
import type { Who, WhoOf } from "../sign-in/who.ts";
import { problems } from "./problems.ts";

export interface SiteTools {
  readonly site: Site;
  readonly whoOf: WhoOf;
  readonly logger: Logger;
}

/** A handler that knows who asks. What it throws is a store that does not answer. */
export type Handle = (req: Request, res: Response, who: Who) => Promise<void> | void;

export function handlerFor(tools: SiteTools, handle: Handle): RequestHandler {
  return async (req, res) => {
    const who = await tools.whoOf(req);
    try {
      await handle(req, res, who);
    } catch (err) {
      tools.logger.error({ err }, "A page could not be made");
      refuse(tools, req, res, who, problems.storeAway);
    }
  };
}

/** For what only a signed-in visitor may do, from a page of ours. */
export function handlerForSignedIn(
  tools: SiteTools,
  handle: (req: Request, res: Response, who: Extract<Who, { id: string }>) => Promise<void>,
): RequestHandler {
  return handlerFor(tools, async (req, res, who) => {
    if (who.session === undefined) {
      const problem = "away" in who ? signInProblems.sessionsAway : problems.signedOut;
      return refuse(tools, req, res, who, problem);
    }
    if (!isOurs(req, who.session.csrf, tools.site.origin))
      return refuse(tools, req, res, who, signInProblems.notOurs);
    await handle(req, res, who);
  });
}

/** Says what is wrong, as a page or as problem details. */
export function refuse(
  { site }: SiteTools,
  req: Request,
  res: Response,
  who: Who,
  problem: PageProblem,
): void {
  sendPageProblem(req, res, { site, viewer: viewerOf(who), problem });
}

/** Undefined for who is not signed in. */
export function viewerOf({ session }: Who): Viewer | undefined {
  return session === undefined ? undefined : { visitor: session.visitor, csrf: session.csrf };
}
