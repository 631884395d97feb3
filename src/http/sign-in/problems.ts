/** What can go wrong with signing in, for the person who tries. */
import type { PageProblem } from "../pages/error-page.ts";
import { html } from "../pages/html.ts";

const again = html`<a class="button" href="/auth/login">Sign in again</a>`;

export const problems = {
  notSetUp: {
    status: 404,
    type: "sign-in-not-set-up",
    title: "Nobody can sign in here",
    detail:
      "Whoever runs this site has not set up signing in with GitHub. Reports that are there can be read without it.",
    action: html`<a class="button" href="/">Back to the start</a>`,
  },
  notBegun: {
    status: 400,
    type: "sign-in-not-begun",
    title: "This sign-in cannot be finished",
    detail:
      "It was not begun in this browser, took longer than ten minutes, or was finished before.",
    action: again,
  },
  declined: {
    status: 403,
    type: "sign-in-declined",
    title: "You did not sign in",
    detail: "You told GitHub not to. Reports that were made before can be read without signing in.",
    action: html`<a class="button" href="/">Back to the start</a>`,
  },
  refused: {
    status: 502,
    type: "sign-in-refused",
    title: "GitHub did not sign you in",
    detail: "It did not accept the code that it had sent you back with.",
    action: again,
  },
  unavailable: {
    status: 503,
    type: "sign-in-unavailable",
    title: "GitHub does not answer",
    detail: "Signing in needs GitHub, which could not be reached just now.",
    retryAfter: 30,
    action: again,
  },
  sessionsAway: {
    status: 503,
    type: "sessions-away",
    title: "Signing in does not work just now",
    detail:
      "The store that remembers who is signed in does not answer. Stored reports may still be read.",
    retryAfter: 5,
    action: again,
  },
  notOurs: {
    status: 403,
    type: "cross-site",
    title: "That did not come from a page of ours",
    detail:
      "The page may be old, or another site tried to act in your name. Reload it and try again.",
    action: html`<a class="button" href="/">Back to the start</a>`,
  },
} as const satisfies Record<string, PageProblem>;
