/** Asks again with the ETag of the answer before: GitHub does not count what has not changed (304). */
import { joinedValue } from "../fields.ts";
import type { Answer, Question } from "./send.ts";
import type { GitHubStore } from "./store.ts";
import type { Transport } from "./transport.ts";

interface Kept {
  readonly etag: string;
  readonly link: string | undefined;
  readonly body: string;
}

const KEPT_MS = 7 * 86_400_000;
const LONGEST_BODY = 512 * 1_024;

/** Searches and GraphQL have no ETags that last. */
export function withConditions(
  ask: Transport,
  store: GitHubStore,
  onUnchanged: () => void,
): Transport {
  return async (question) => {
    if (question.method !== "GET" || question.url.includes("/search/")) return ask(question);
    const name = `etag ${question.url}`;
    const kept = (await store.get(name)) as Kept | undefined;
    const answer = await ask(kept === undefined ? question : conditional(question, kept));
    if (answer.status === 304 && kept !== undefined) {
      onUnchanged();
      return unchanged(answer, kept);
    }
    const etag = joinedValue(answer.fields, "etag");
    if (answer.status === 200 && etag !== undefined && answer.body.length <= LONGEST_BODY) {
      const link = joinedValue(answer.fields, "link");
      void store.set(name, { etag, link, body: answer.body.toString() } satisfies Kept, KEPT_MS);
    }
    return answer;
  };
}

function conditional(question: Question, { etag }: Kept): Question {
  return { ...question, headers: { ...question.headers, "if-none-match": etag } };
}

function unchanged(answer: Answer, { body, link }: Kept): Answer {
  const fields = [
    "content-type",
    "application/json",
    ...(link === undefined ? [] : ["link", link]),
  ];
  return { ...answer, status: 200, fields, body: Buffer.from(body) };
}
