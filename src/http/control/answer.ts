/** Handlers that return what they answer, and throw what is wrong. */
import type { Request, RequestHandler, Response } from "express";
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
