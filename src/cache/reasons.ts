/** Decisions in words, each with the section of the standard that it rests on. */
import type { Decision } from "./reuse.ts";

export interface Reason {
  /** The section, or what else decided: the configuration, or an operator. */
  readonly by: string;
  readonly text: string;
}

type Because = Exclude<Decision, { serve: "fresh" }>["because"];

const BECAUSE: Readonly<Record<Because, Reason>> = {
  "stale-while-revalidate": {
    by: "RFC 5861 §3",
    text: "It is stale, and within the window in which it may be sent while a refresh runs.",
  },
  "max-stale": {
    by: "RFC 9111 §5.2.1.2",
    text: "It is stale, and the client takes responses that are as stale as that.",
  },
  expired: { by: "RFC 9111 §4.2", text: "It is not kept any longer." },
  stale: {
    by: "RFC 9111 §4.2.4",
    text: "It is stale, and nothing allows to send it without asking the source.",
  },
  "no-cache": {
    by: "RFC 9111 §5.2.2.4",
    text: "The response may only be reused after validation (no-cache).",
  },
  clock: {
    by: "RFC 9111 §4.2.3",
    text: "It was stored in the future by this machine's clock, so its age is not known.",
  },
  "part-not-held": {
    by: "RFC 9111 §3.4",
    text: "Only a part is stored, and not the one that is asked for.",
  },
  "request-no-cache": {
    by: "RFC 9111 §5.2.1.4",
    text: "The client does not take a stored response without validation (no-cache).",
  },
  "request-max-age": {
    by: "RFC 9111 §5.2.1.1",
    text: "It is older than the client accepts (max-age).",
  },
  "request-min-fresh": {
    by: "RFC 9111 §5.2.1.3",
    text: "It is not fresh for as long as the client wants (min-fresh).",
  },
};

/** Why a stored response may or may not be reused. */
export function reasonOf(decision: Decision): Reason {
  return decision.serve === "fresh"
    ? { by: "RFC 9111 §4.2", text: "Its age is below its freshness lifetime." }
    : BECAUSE[decision.because];
}

/** Why there was nothing to decide on. */
export const WITHOUT_ENTRY = {
  "uri-miss": { by: "RFC 9111 §4", text: "Nothing is stored for this target." },
  "vary-miss": {
    by: "RFC 9111 §4.1",
    text: "Responses are stored for this target, but none for these request fields.",
  },
  purged: { by: "an operator", text: "What is stored was purged." },
  failed: { by: "the store", text: "The store does not answer, so nobody knows what it holds." },
  method: {
    by: "RFC 9111 §4",
    text: "Only GET and HEAD are answered from the store; other methods go to the source.",
  },
  condition: {
    by: "RFC 9110 §13.1",
    text: "Only the source can judge the conditions of this request.",
  },
} as const satisfies Record<string, Reason>;

/** Why a request goes past the store, from what `bypassReason` says. */
export function bypassInWords(reason: string): Reason {
  return reason === "request-no-store"
    ? { by: "RFC 9111 §5.2.1.5", text: "The client wants nothing stored of it (no-store)." }
    : { by: "the route's bypass", text: `The configuration lets it pass: ${reason}.` };
}
