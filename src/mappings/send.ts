/** One request to the forge, without following, waiting or trying again. */
import { Agent, type Dispatcher } from "undici";
import type { ForgeSettings } from "../config/reap.ts";
import { messageOf } from "../errors.ts";
import type { Budgets } from "../sources/budget.ts";
import type { ForgeAnswer } from "./answer.ts";
import { type Heard, sendWithin } from "./send-within.ts";

export type Sent =
  | Extract<ForgeAnswer, { failed: string }>
  | (Omit<Extract<ForgeAnswer, { status: number }>, "redirected"> & { readonly location?: string });

export type Send = (url: URL, signal: AbortSignal) => Promise<Sent>;

const LARGEST_ANSWER = 4 * 1024 * 1024;

export interface Sender {
  readonly send: Send;
  /** Requests sent so far. */
  readonly requests: () => number;
  close(): Promise<void>;
}

/** The token goes with every request: send it nowhere but to the forge. With `budgets`, nobody is asked beyond theirs. */
export function createSend(settings: ForgeSettings, budgets?: Pick<Budgets, "of">): Sender {
  const { concurrency, timeoutMs } = settings;
  const agent = new Agent({
    connections: concurrency,
    pipelining: 1,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: LARGEST_ANSWER,
  });
  let requests = 0;
  const send = async (url: URL, signal: AbortSignal, heard?: Heard) => {
    requests += 1;
    return request(agent, url, settings, signal, heard);
  };
  return {
    send: (url, signal) => {
      const budget = budgets?.of(url.origin);
      if (budget === undefined) return send(url, signal);
      const ask = (heard: Heard) => send(url, signal, heard);
      return sendWithin(budget, ask, settings.longestWaitMs, signal);
    },
    requests: () => requests,
    close: () => agent.destroy(),
  };
}

/** Worth another try: nothing says that the forge is down. */
export const BROKEN = "the connection broke";

async function request(
  agent: Agent,
  url: URL,
  { token, timeoutMs }: ForgeSettings,
  signal: AbortSignal,
  heard?: Heard,
): Promise<Sent> {
  const limit = new AbortController();
  const giveUp = () => limit.abort();
  const timer = setTimeout(giveUp, timeoutMs);
  // Not AbortSignal.any(): a run of many requests would hang all of theirs on its one signal.
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: "GET",
      headers: {
        accept: "application/json",
        "user-agent": "warmfront-reaper",
        ...(token !== undefined && { authorization: `token ${token}` }),
      },
      signal: limit.signal,
    });
    heard?.(response.statusCode, Object.entries(response.headers).flatMap(fieldsOf));
    return await read(response);
  } catch (thrown) {
    return { failed: limit.signal.aborted ? TIMED_OUT : failureOf(thrown) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

const TIMED_OUT = "no answer in time";

function failureOf(thrown: unknown): string {
  const { code, name } = thrown as { code?: string; name?: string };
  if (code?.includes("TIMEOUT") || name === "TimeoutError") return TIMED_OUT;
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return "an answer that is too large";
  if (code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE") return BROKEN;
  return code === undefined ? messageOf(thrown) : `no connection (${code})`;
}

async function read({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Sent> {
  const text = await body.text();
  const { location, "retry-after": retryAfter, "content-type": type } = headers;
  return {
    status: statusCode,
    json: isJson(first(type)) ? parse(text) : undefined,
    ...(location !== undefined && { location: String(first(location)) }),
    ...(retryAfter !== undefined && { retryAfter: String(first(retryAfter)) }),
  };
}

function fieldsOf([name, value = []]: [string, string | string[] | undefined]): string[] {
  return [value].flat().flatMap((one) => [name, one]);
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function isJson(type: string | undefined): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type ?? "");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
