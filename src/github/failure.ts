/** Why GitHub gave no usable answer. */
import { messageOf } from "../errors.ts";
import type { Instant } from "../fields.ts";

export type GitHubFault =
  /** There is no such thing, or not any more. */
  | "not-found"
  /** No credential is accepted. */
  | "unauthorized"
  /** A limit is used up for longer than is waited for. */
  | "limited"
  /** It refuses, for reasons of its own. */
  | "refused"
  /** No answer, an answer that broke off, or a failure on its side, also when tried again. */
  | "unavailable";

/** Messages are sentences for people and hold no secrets. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
  readonly fault: GitHubFault;
  /** When asking again is of use; of `limited` alone. */
  readonly retryAt: Instant | undefined;
  constructor(fault: GitHubFault, message: string, options: { retryAt?: Instant } = {}) {
    super(message);
    this.fault = fault;
    this.retryAt = options.retryAt;
  }
}

/** Beside an answer that was made up here because GitHub may not be asked: when to come back. */
export const RETRY_AT_FIELD = "x-warmfront-retry-at";
/** Beside it where no limit is the reason, but that GitHub fails. */
export const FAILING_FIELD = "x-warmfront-failing";

const SENTENCES = {
  401: ["unauthorized", "GitHub does not accept the token, or no longer."],
  403: ["refused", "GitHub refuses to tell."],
  404: ["not-found", "GitHub does not know it."],
  410: ["not-found", "GitHub does not know it any more."],
  422: ["refused", "GitHub does not take the question."],
  451: ["refused", "GitHub may not tell, for legal reasons."],
} as const;

interface Thrown {
  readonly status?: number;
  readonly response?: { readonly headers: Readonly<Record<string, unknown>> };
}

/** Whatever Octokit throws, in our words. What was given up on purpose stays as it is. */
export function asGitHubError(thrown: unknown, signal: AbortSignal): unknown {
  if (thrown instanceof GitHubError) return thrown;
  if (signal.aborted) return signal.reason;
  const { status, response } = thrown as Thrown;
  const retryAt = Number(response?.headers[RETRY_AT_FIELD]);
  if (response?.headers[FAILING_FIELD] !== undefined)
    return new GitHubError("unavailable", "GitHub fails, and is left alone for a while.");
  if (status === 429)
    return new GitHubError("limited", "GitHub's limit is used up.", { retryAt: retryAt || 0 });
  if (status !== undefined && status in SENTENCES) {
    const [fault, sentence] = SENTENCES[status as keyof typeof SENTENCES];
    return new GitHubError(fault, sentence);
  }
  return new GitHubError(
    "unavailable",
    response ? `GitHub answered ${status}.` : unavailable(thrown),
  );
}

function unavailable(thrown: unknown): string {
  return /time|abort/i.test(messageOf(thrown))
    ? "GitHub did not answer in time."
    : "GitHub could not be reached, or its answer broke off.";
}
