/** Handlers that return what they answer, and throw what is wrong. */
import express, { type Request, type RequestHandler, type Response } from "express";
import { within } from "../../queues/within.ts";
import { type Problem, sendProblem } from "../problem.ts";

/** Why a request of an operator cannot be done. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** A field of the request is wrong. `why` goes on after its name. */
export function badField(field: string, why: string): ProblemError {
  return new ProblemError({ status: 400, type: "bad-field", detail: `${field} ${why}.` });
}

/** Longest that an operator waits for a Redis. */
const LIMIT_MS = 2_000;

/** What a Redis answers. Throws a `ProblemError` when that fails or takes too long; `detail`: what to say then. */
export async function inTime<T>(
  work: Promise<T>,
  detail = "The queue's Redis does not answer.",
): Promise<T> {
  const done = within(
    LIMIT_MS,
    work.then((value) => ({ value })),
  );
  const found = await done.catch(() => undefined);
  if (found === undefined) throw storeAway(detail);
  return found.value;
}

/** A Redis does not answer. */
export function storeAway(detail: string): ProblemError {
  return new ProblemError({ status: 503, type: "store-away", detail, retryAfter: 5 });
}

/** Sends what a function returns as JSON, and what it throws as a problem. */
export function answering(work: (req: Request) => Promise<object>): RequestHandler {
  return withProblems(async (req, res) => {
    res.json(await work(req));
  });
}

/** Sends what there is to see: to a browser as a page, to a program as JSON. */
export function showing<T>(
  look: (req: Request) => Promise<T>,
  toPage: (seen: T) => string,
  toJson: (seen: T) => object,
): RequestHandler {
  return withProblems(async (req, res) => {
    const seen = await look(req);
    if (req.accepts("json", "html") === "html") res.type("html").send(toPage(seen));
    else res.json(toJson(seen));
  });
}

/** Does what a body says, the form of a button or JSON: leads the browser back to the page at `path`, and tells a program what was done. */
export function acting(path: string, work: (req: Request) => Promise<object>): RequestHandler[] {
  const act = withProblems(async (req, res) => {
    const done = await work(req);
    if (req.is("urlencoded")) res.redirect(303, path);
    else res.json(done);
  });
  return [
    express.json({ limit: "16kb" }),
    express.urlencoded({ extended: false, limit: "16kb" }),
    act,
  ];
}

/** For a function that sends its answer itself: what it throws is sent as a problem. */
export function withProblems(work: (req: Request, res: Response) => Promise<void>): RequestHandler {
  return async (req, res) => {
    try {
      await work(req, res);
    } catch (thrown) {
      if (!(thrown instanceof ProblemError)) throw thrown;
      sendProblem(req, res, thrown.problem);
    }
  };
}
