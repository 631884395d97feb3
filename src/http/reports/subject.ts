/** Whom and which days a request is about. */
import type { Request } from "express";
import { type ChosenPeriod, choosePeriod } from "../../reports/chosen-period.ts";
import type { PageProblem } from "../pages/error-page.ts";
import { badPeriod, problems } from "./problems.ts";

export interface Subject {
  /** In lower case. */
  readonly login: string;
  readonly period: ChosenPeriod;
}

/** GitHub's own rule, and room for logins of managed users, which have an underscore. */
const LOGIN = /^[A-Za-z\d](?:[A-Za-z\d_-]{0,38})$/;

/** The login as a request has it, if it can be one. */
export function loginOf(text: unknown): string | undefined {
  return typeof text === "string" && LOGIN.test(text) ? text : undefined;
}

/** Reads the path and the query. Nothing but a login gets into a key or a search. */
export function subjectOf(req: Request, now: number): Subject | { readonly problem: PageProblem } {
  const login = loginOf(req.params.login)?.toLowerCase();
  if (login === undefined) return { problem: problems.badLogin };
  const period = choosePeriod(req.query, now);
  if ("fault" in period) return { problem: badPeriod(period.fault) };
  return { login, period };
}

export function pagePath(login: string): string {
  return `/user/github/${login}`;
}
