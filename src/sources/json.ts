/** A JSON document behind a URL. */
import { type FieldList, type Instant, joinedValue } from "../fields.ts";
import type { Guard } from "./guard.ts";
import { createOrigin } from "./origin.ts";
import { parseRetryAfter } from "./retry-after.ts";
import type { Source, SourceResponse } from "./source.ts";

export interface JsonSourceOptions {
  /** May hold a query, and credentials, which are sent as Basic authentication. */
  readonly url: string;
  /** Longest wait for a connection, and for each part of the answer; the whole takes three times as long at most. */
  readonly timeoutMs: number;
  /** Largest body that is read, in bytes. */
  readonly maxBody: number;
  readonly guard: Guard;
  /** Fields of one request, such as a signature of what is asked. */
  readonly fields?: (url: URL) => FieldList;
}

export interface JsonSource {
  /** Host and port. */
  readonly name: string;
  /** Rejects with `SourceError` when there is no response, and with `AnswerError` when it is of no use. */
  read(signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

/** `rejected`: the source does not accept our credentials; until somebody changes them, it never will. */
export type AnswerFault = "rejected" | "status" | "redirected" | "coded" | "too-large" | "not-json";

/** The source answered, and the answer is of no use. The message holds nothing of what was sent or received but its status. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  readonly fault: AnswerFault;
  /** When the source wants to be asked again, if it said so. */
  readonly retryAt: Instant | undefined;
  constructor(fault: AnswerFault, message: string, retryAt?: Instant) {
    super(message);
    this.fault = fault;
    this.retryAt = retryAt;
  }
}

const MOST_REDIRECTS = 5;
const RETRY_CAP_MS = 3_600_000;

/** Redirects are followed within the origin of the URL. */
export function createJsonSource(options: JsonSourceOptions): JsonSource {
  const start = new URL(options.url);
  const { timeoutMs, guard } = options;
  const source = createOrigin({
    origin: start.origin,
    timeouts: {
      ...{ connectMs: timeoutMs, firstByteMs: timeoutMs, idleMs: timeoutMs },
      totalMs: 3 * timeoutMs,
    },
    guard,
  });
  return {
    name: source.name,
    async read(signal) {
      let url = start;
      for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
        const response = await ask(source, url, options, signal);
        const next = redirection(response, url);
        if (next === undefined) return readJson(source.name, response, options.maxBody);
        response.body.destroy();
        if (next.origin !== start.origin)
          throw new AnswerError("redirected", `${source.name} redirects to another origin.`);
        url = next;
      }
      throw new AnswerError("redirected", `${source.name} redirects without end.`);
    },
    close: () => source.close(),
  };
}

function ask(source: Source, url: URL, options: JsonSourceOptions, signal: AbortSignal) {
  const fields = [
    ...["Accept", "application/json", "Accept-Encoding", "identity", "User-Agent", "warmfront"],
    ...basicAuthentication(options.url),
  ];
  const own = options.fields?.(url) ?? [];
  const target = url.pathname + url.search;
  return source.fetch({ method: "GET", target, fields: merged(fields, own) }, { signal });
}

function basicAuthentication(text: string): FieldList {
  const { username, password } = new URL(text);
  if (username === "" && password === "") return [];
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return ["Authorization", `Basic ${Buffer.from(pair).toString("base64")}`];
}

/** `own` in place of standard fields of the same name. */
function merged(standard: FieldList, own: FieldList): FieldList {
  const names = new Set(own.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
  const kept = standard.filter((_, i) => !names.has((standard[i - (i % 2)] ?? "").toLowerCase()));
  return [...kept, ...own];
}

/** Where a response leads instead of answering (RFC 9110 §15.4); undefined when it leads nowhere. */
function redirection({ status, fields }: SourceResponse, from: URL): URL | undefined {
  const location = joinedValue(fields, "location");
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  return URL.canParse(location, from.href) ? new URL(location, from) : undefined;
}

async function readJson(name: string, response: SourceResponse, maxBody: number): Promise<unknown> {
  const { status, fields } = response;
  const fault = headFault(name, response);
  if (fault !== undefined) {
    response.body.destroy();
    const retryAfter = joinedValue(fields, "retry-after");
    const retryAt =
      retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, Date.now(), RETRY_CAP_MS);
    throw new AnswerError(...fault, status === 429 || status === 503 ? retryAt : undefined);
  }
  const body = await readBody(name, response, maxBody);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    // The parser's message would quote the body.
    throw new AnswerError("not-json", `${name} answered with something else than JSON.`);
  }
}

function headFault(
  name: string,
  { status, fields }: SourceResponse,
): [AnswerFault, string] | undefined {
  if (status === 401 || status === 403)
    return ["rejected", `${name} does not accept the credentials (status ${status}).`];
  if (status < 200 || status > 299) return ["status", `${name} answered with status ${status}.`];
  const coding = joinedValue(fields, "content-encoding") ?? "identity";
  if (coding.toLowerCase() === "identity") return undefined;
  return ["coded", `${name} encoded its answer, which it was asked not to.`];
}

async function readBody(name: string, { body }: SourceResponse, maxBody: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop destroys the body.
    if (length > maxBody)
      throw new AnswerError("too-large", `${name} sent more than ${maxBody} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
