/** Asks GitHub within its limits: waits for a turn, obeys what answers say of limits, changes to another credential when one is used up or refused. */
import { setTimeout as sleep } from "node:timers/promises";
import { hasField, type Instant, joinedValue } from "../fields.ts";
import type { SourceBudget, WaitReason } from "../sources/budget.ts";
import { ANONYMOUS, type Credential } from "./credentials.ts";
import { FAILING_FIELD, GitHubError, RETRY_AT_FIELD } from "./failure.ts";
import type { Answer, Question, Sender } from "./send.ts";

export interface Wait {
  readonly until: Instant;
  readonly reason: WaitReason;
}

/** What a wait is for, to stand in a sentence. */
export function waitedFor({ reason }: Wait): string {
  return reason === "breaker" ? "GitHub to be back" : "GitHub's limit";
}

export interface TransportOptions {
  readonly sender: Sender;
  readonly budget: SourceBudget;
  /** In the order of preference; none: asked without. */
  readonly credentials: readonly Credential[];
  /** Longest that one question waits for its turn; a longer wait is answered with 429 and the instant to come back. */
  readonly longestWaitMs: number;
  readonly onWait?: (wait: Wait) => void;
  /** An exchange that GitHub counts. */
  readonly onRequest: () => void;
}

export type Transport = (question: Question) => Promise<Answer>;

/** How often a question is put again that ran into a limit which nobody knew of. */
const MOST_SURPRISES = 4;
const CROWDED_MS = 100;
const SURPRISED_MS = 60_000;
/** A shorter wait is not worth telling. */
const TOLD_MS = 1_000;

type Turn = { readonly credential: Credential; readonly pool: string; done(): void };

export function createTransport(options: TransportOptions): Transport {
  const { sender, budget, credentials, onRequest } = options;
  const refused = new Set<Credential>();
  const usable = () => {
    if (credentials.length === 0) return [ANONYMOUS];
    const left = credentials.filter((credential) => !refused.has(credential));
    return left.length > 0 ? left : credentials.slice(-1);
  };
  const ask = async (question: Question, surprises: number): Promise<Answer> => {
    const all = usable();
    const turn = await takeTurn(options, all, resourceOf(question.url), question.signal);
    if ("status" in turn) return turn;
    onRequest();
    const told = await exchange(sender, budget, turn, question);
    if (told.status === 401 && all.length > 1) {
      refused.add(turn.credential);
      return ask(question, surprises);
    }
    if (!isLimit(told)) return told;
    return surprises > 0
      ? ask(question, surprises - 1)
      : comeBack(Date.now() + SURPRISED_MS, "rest");
  };
  return (question) => ask(question, MOST_SURPRISES);
}

/** With the first credential that has something left, else with the one that has soonest. */
async function takeTurn(
  options: TransportOptions,
  credentials: readonly Credential[],
  resource: string,
  signal: AbortSignal,
): Promise<Turn | Answer> {
  const lastAt = Date.now() + options.longestWaitMs;
  for (;;) {
    const turn = await tryTurn(options.budget, credentials, resource, signal);
    if ("done" in turn) return turn;
    if (turn.until > lastAt) return comeBack(turn.until, turn.reason);
    const ms = turn.until - Date.now();
    if (ms > TOLD_MS) options.onWait?.(turn);
    await sleep(Math.max(1, ms), undefined, { signal });
  }
}

async function tryTurn(
  budget: SourceBudget,
  credentials: readonly Credential[],
  resource: string,
  signal: AbortSignal,
): Promise<Turn | Wait> {
  let soonest: Wait | undefined;
  for (const credential of credentials) {
    const pool = `${resource}:${credential.name}`;
    const decision = await budget.acquire({ pool, priority: "report", signal });
    if (decision.outcome === "granted") return { credential, pool, done: decision.done };
    if (decision.outcome === "refused") continue;
    if (soonest === undefined || decision.at < soonest.until)
      soonest = { until: decision.at, reason: decision.reason };
  }
  return soonest ?? { until: Date.now() + CROWDED_MS, reason: "concurrency" };
}

async function exchange(
  sender: Sender,
  budget: SourceBudget,
  { credential, pool, done }: Turn,
  question: Question,
): Promise<Answer> {
  try {
    const authorization = await credential.header().catch(asRefused);
    if (authorization === REFUSED) return answer(401);
    const headers = { ...question.headers, ...(authorization !== undefined && { authorization }) };
    const told = await sender.send({ ...question, headers });
    const { status, fields, at } = told;
    const limited = isLimit(told);
    await budget.observe({ pool, status, fields, at, ...(limited && { limited }) });
    return told;
  } catch (thrown) {
    await budget.failed(question.signal.aborted ? "aborted" : "reset", pool);
    throw thrown;
  } finally {
    done();
  }
}

const REFUSED = Symbol("refused");

function asRefused(thrown: unknown): typeof REFUSED {
  if (thrown instanceof GitHubError && thrown.fault === "unauthorized") return REFUSED;
  throw thrown;
}

/** GitHub tells of a used-up limit with 403 and 429, and over GraphQL with 200. */
function isLimit({ status, fields, body }: Answer): boolean {
  if (status === 429) return true;
  if (status === 403)
    return (
      joinedValue(fields, "x-ratelimit-remaining") === "0" ||
      hasField(fields, "retry-after") ||
      /rate limit|abuse/i.test(body.subarray(0, 1_000).toString())
    );
  return status === 200 && body.subarray(0, 2_000).includes('"type":"RATE_LIMITED"');
}

/** Limits are kept by resource. */
function resourceOf(url: string): string {
  const { pathname } = new URL(url);
  if (pathname.endsWith("/graphql")) return "graphql";
  return pathname.includes("/search/") ? "search" : "core";
}

function comeBack(until: Instant, reason: WaitReason): Answer {
  const failing = reason === "breaker" ? [FAILING_FIELD, "1"] : [];
  return answer(429, [RETRY_AT_FIELD, String(until), ...failing]);
}

/** One that is made up here. */
function answer(status: number, fields: readonly string[] = []): Answer {
  const body = Buffer.from('{"message":"made up"}');
  const all = [...fields, "content-type", "application/json"];
  return { status, fields: all, body, at: Date.now() };
}
