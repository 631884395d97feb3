/** The transport in the form in which Octokit takes it. */
import type { Answer } from "./send.ts";
import type { Transport } from "./transport.ts";

const HEADERS = {
  accept: "application/vnd.github+json",
  "x-github-api-version": "2022-11-28",
  "user-agent": "warmfront",
};

/** Rejects also when a body of JSON is none: Octokit would take it for text. */
export function fetchOver(transport: Transport): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const { method = "GET", body, signal } = init;
    const answer = await transport({
      method,
      url: String(input),
      headers: { ...Object.fromEntries(new Headers(init.headers)), ...HEADERS },
      body: typeof body === "string" ? body : undefined,
      signal: signal ?? new AbortController().signal,
    }).catch((thrown: unknown) => {
      // By this name Octokit knows that nobody wants another try.
      throw signal?.aborted ? new DOMException("Given up.", "AbortError") : thrown;
    });
    if (answer.status < 400 && answer.body.length > 0) JSON.parse(answer.body.toString());
    // Octokit looks at the address of the last page.
    return Object.defineProperty(responseOf(answer), "url", { value: String(input) });
  };
}

/** Of the body as it was decoded. */
const FRAMING = /^(?:content-encoding|transfer-encoding|content-length)$/i;

function responseOf({ status, fields, body }: Answer): Response {
  const headers = new Headers();
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (!FRAMING.test(name)) headers.append(name, fields[i + 1] as string);
  }
  const isEmpty = [204, 205, 304].includes(status);
  return new Response(isEmpty ? null : new Uint8Array(body), { status, headers });
}
