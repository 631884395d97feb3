/** One exchange with GitHub's API: to its own host only, within limits of time and size, the answer whole or not at all. */
import { Agent, type Dispatcher, request } from "undici";
import { type FieldList, type Instant, joinedValue } from "../fields.ts";
import { createGuard, type Guard } from "../sources/guard.ts";

export interface Answer {
  readonly status: number;
  readonly fields: FieldList;
  readonly body: Buffer;
  readonly at: Instant;
}

export interface Question {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

export interface Sender {
  /** Follows moves within the host. Rejects when there is no whole answer. */
  send(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;
const MOST_BYTES = 32 * 1_024 * 1_024;
const MOST_MOVES = 3;

export interface SenderOptions {
  readonly apiUrl: string;
  readonly guard?: Guard;
  /** Longest that one exchange takes. */
  readonly timeoutMs?: number;
}

export function createSender({
  apiUrl,
  guard = createGuard(),
  timeoutMs = 30_000,
}: SenderOptions): Sender {
  const { origin, hostname } = new URL(apiUrl);
  if (!guard.mayAsk(hostname.replace(/^\[|\]$/g, "")))
    throw new Error("The address of GitHub's API is not one that may be asked.");
  const agent = new Agent({
    connect: { timeout: CONNECT_MS, lookup: guard.lookup },
    maxResponseSize: MOST_BYTES,
  });
  const once = async (question: Question): Promise<Answer> => {
    if (new URL(question.url).origin !== origin)
      throw new Error("GitHub's answer leads to another host.");
    const { statusCode, headers, body } = await request(question.url, {
      dispatcher: agent,
      method: question.method as Dispatcher.HttpMethod,
      headers: question.headers,
      body: question.body ?? null,
      signal: AbortSignal.any([question.signal, AbortSignal.timeout(timeoutMs)]),
    });
    const at = Date.now();
    return {
      status: statusCode,
      fields: listOf(headers),
      body: Buffer.from(await body.arrayBuffer()),
      at,
    };
  };
  return {
    async send(question) {
      let answer = await once(question);
      for (let moves = 0; moves < MOST_MOVES && question.method === "GET"; moves++) {
        const location = joinedValue(answer.fields, "location");
        if (![301, 302, 307, 308].includes(answer.status) || location === undefined) break;
        answer = await once({ ...question, url: new URL(location, question.url).href });
      }
      return answer;
    },
    close: () => agent.destroy(),
  };
}

function listOf(headers: Record<string, string | string[] | undefined>): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().flatMap((each) => [name, each]),
  );
}
