/** Whom and which days a request is about. */
import type { Request } from "express";
import { isLogin } from "../../github/login.ts";
import { type ChosenPeriod, choosePeriod } from "../../reports/chosen-period.ts";
import type { PageProblem } from "../pages/error-page.ts";
import { badPeriod, problems } from "./problems.ts";

export interface Subject {
  /** In lower case. */
  readonly login: string;
  readonly period: ChosenPeriod;
}

/** The login as a request has it, if it can be one. */
export function loginOf(text: unknown): string | undefined {
  return typeof text === "string" && isLogin(text) ? text : undefined;
}

/** Reads the path and the query. Nothing but a login gets into a key or a search. */
export function subjectOf(req: Request, now: number): Subject | { readonly problem: PageProblem } {
  const login = loginOf(req.params.login)?.toLowerCase();
  if (login === undefined) return { problem: problems.badLogin };
  const period = choosePeriod(req.query, now);
  if ("fault" in period) return { problem: badPeriod(period.fault) };
  return { login, period };
}

/** Where people find the report about a login. */
export function pagePath(login: string): string {
  return `/user/github/${login}`;
}
