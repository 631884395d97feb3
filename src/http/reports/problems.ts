/** What can be wrong with asking for a report, for people and programs. */
import type { PageProblem } from "../pages/error-page.ts";
import { html } from "../pages/html.ts";

const home = html`<a class="button quiet" href="/">Back to the start</a>`;
const signIn = html`<a class="button" href="/auth/login">Sign in with GitHub</a>`;

export const problems = {
  badLogin: {
    status: 404,
    type: "no-such-login",
    title: "There is no such login",
    detail: "GitHub logins are letters, digits and hyphens, 39 at most.",
    action: home,
  },
  optedOut: {
    status: 410,
    type: "opted-out",
    title: "There is no report about this person",
    detail:
      "Somebody who contributes to open source need not be reported about: this person has opted out, and what was stored has been deleted.",
    action: home,
  },
  noReport: {
    status: 404,
    type: "no-report",
    title: "There is no report yet",
    detail: "Nobody has had this report made. POST to this address makes it, for the signed-in.",
  },
  signedOut: {
    status: 401,
    type: "signed-out",
    title: "Sign in first",
    detail: "Only who has signed in with GitHub can have reports made, or deleted.",
    action: signIn,
  },
  tokenInvalid: {
    status: 401,
    type: "token-invalid",
    title: "Sign in again",
    detail: "GitHub does not accept your sign-in any more: it has expired, or you have revoked it.",
    action: signIn,
  },
  notYours: {
    status: 403,
    type: "not-yours",
    title: "That is not yours to decide",
    detail: "Everybody decides about the reports about themselves alone.",
    action: home,
  },
  storeAway: {
    status: 503,
    type: "store-away",
    title: "Reports cannot be read just now",
    detail: "The store that holds them does not answer. Nothing is lost; try again in a moment.",
    retryAfter: 5,
  },
  queueAway: {
    status: 503,
    type: "queue-away",
    title: "No report can be made just now",
    detail:
      "The queue of reports does not answer. Stored reports may still be read; try again in a moment.",
    retryAfter: 10,
  },
  laneFull: {
    status: 429,
    type: "too-many-waiting",
    title: "Too many reports about this person wait already",
    detail: "They are made one after another. Try again when some of them are done.",
    retryAfter: 60,
  },
  tooMany: {
    status: 429,
    type: "too-many-reports",
    title: "That was a lot of reports",
    detail:
      "You have had as many made as one person may within an hour. Stored reports may still be read.",
  },
  notHere: {
    status: 404,
    type: "not-here",
    title: "There is nothing here",
    detail: "The address may be mistyped, or what it named is gone.",
    action: home,
  },
  badMethod: {
    status: 405,
    type: "bad-method",
    title: "That cannot be done here",
    detail: "This address does not know the method of the request.",
    action: home,
  },
} as const satisfies Record<string, PageProblem>;

/** `fault`: what is wrong with the period, as a sentence. */
export function badPeriod(fault: string): PageProblem {
  return {
    status: 400,
    type: "bad-period",
    title: "That is no period",
    detail: fault,
    action: home,
  };
}
