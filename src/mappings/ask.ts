/** One question to the forge's API over HTTP: patient with a busy forge, strict with everything else. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ForgeSettings } from "../config/reap.ts";
import type { Instant } from "../fields.ts";
import type { Budgets } from "../sources/budget.ts";
import type { ForgeAnswer } from "./answer.ts";
import { BROKEN, createSend, type Send } from "./send.ts";

/** Asks for a path below `/api/v1`. Rejects only when the signal aborts. */
export type Ask = (path: string, signal: AbortSignal) => Promise<ForgeAnswer>;

export interface ForgeConnection {
  readonly ask: Ask;
  /** Requests sent so far. */
  readonly requests: () => number;
  close(): Promise<void>;
}

const MOST_REDIRECTS = 3;
const REDIRECTS: readonly number[] = [301, 302, 307, 308];
/** Statuses of a forge that may answer better in a moment. */
const BUSY: readonly number[] = [429, 502, 503, 504];

export function connectForge(
  settings: ForgeSettings,
  budgets?: Pick<Budgets, "of">,
): ForgeConnection {
  const { send, requests, close } = createSend(settings, budgets);
  return { ask: createAsk(send, settings), requests, close };
}

export function createAsk(
  send: Send,
  settings: Pick<ForgeSettings, "url" | "attempts" | "longestWaitMs">,
): Ask {
  const gate = createGate();
  return (path, signal) =>
    askPatiently(send, `${settings.url}/api/v1${path}`, settings, gate, signal);
}

/** While the forge asks to wait, everybody waits. */
interface Gate {
  pass(signal: AbortSignal): Promise<void>;
  closeFor(delayMs: number): void;
}

function createGate(): Gate {
  let openAt = 0;
  return {
    async pass(signal) {
      signal.throwIfAborted();
      for (let left = openAt - performance.now(); left > 0; left = openAt - performance.now())
        await sleep(left, undefined, { signal });
    },
    closeFor(delayMs) {
      openAt = Math.max(openAt, performance.now() + delayMs);
    },
  };
}

async function askPatiently(
  send: Send,
  url: string,
  { attempts, longestWaitMs }: Pick<ForgeSettings, "attempts" | "longestWaitMs">,
  gate: Gate,
  signal: AbortSignal,
): Promise<ForgeAnswer> {
  for (let attempt = 1; ; attempt++) {
    await gate.pass(signal);
    const answer = await follow(send, url, signal);
    signal.throwIfAborted();
    const waitMs = isBusy(answer) ? waitBefore(answer, attempt, Date.now()) : undefined;
    if (waitMs === undefined || waitMs > longestWaitMs || attempt >= attempts) return answer;
    if ("status" in answer && answer.retryAfter !== undefined) gate.closeFor(waitMs);
    else await sleep(waitMs, undefined, { signal });
  }
}

function isBusy(answer: ForgeAnswer): boolean {
  return "failed" in answer ? answer.failed === BROKEN : BUSY.includes(answer.status);
}

const FIRST_WAIT_MS = 200;

/** What `Retry-After` asks for (RFC 9110 §10.2.3), else a wait that doubles, a little random so that callers spread. */
function waitBefore(answer: ForgeAnswer, attempt: number, now: Instant): number {
  const asked = "status" in answer ? parseRetryAfter(answer.retryAfter, now) : undefined;
  return asked ?? FIRST_WAIT_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
}

export function parseRetryAfter(value: string | undefined, now: Instant): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const at = /^[A-Z][a-z]{2,8}, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Renamed repositories answer with a redirect. Only the forge itself may send us on: anybody else would get the token. */
async function follow(send: Send, from: string, signal: AbortSignal): Promise<ForgeAnswer> {
  const first = new URL(from);
  let url = first;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const answer = await send(url, signal);
    if ("failed" in answer) return answer;
    const { location, ...rest } = answer;
    if (!REDIRECTS.includes(answer.status)) return { ...rest, redirected: hops > 0 };
    if (location === undefined || !URL.canParse(location, url.href))
      return { failed: "a redirect to nowhere" };
    url = new URL(location, url);
    if (url.origin !== first.origin) return { failed: "a redirect to another host" };
  }
  return { failed: "too many redirects" };
}
