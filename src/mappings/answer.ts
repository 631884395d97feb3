/** Reads the forge's answers, as the Gitea family gives them. Anything that it would not say in this form is a doubt. */
import { isUtf8 } from "node:buffer";
import { parsePagesFile } from "./pages-file.ts";
import type { Look } from "./verdict.ts";

/** One answer of the forge's API, or why there is none. */
export type ForgeAnswer =
  | {
      readonly status: number;
      /** The parsed body; undefined when it is not JSON. */
      readonly json: unknown;
      /** The answer came from another path of the same host. */
      readonly redirected: boolean;
      /** `Retry-After`, as it came. */
      readonly retryAfter?: string;
    }
  | { readonly failed: string };

export type ContentsReading = Look | "ask-for-the-repository";

/** The answer to `GET /repos/{user}/{repo}/contents/.pages`. */
export function readContents(answer: ForgeAnswer): ContentsReading {
  const doubt = doubtIn(answer);
  if (doubt !== undefined) return doubt;
  const { status, json, redirected } = answer as Answered;
  if (status === 404) return "ask-for-the-repository";
  if (status !== 200) return { found: "nothing", because: `status ${status}` };
  return redirected ? { found: "renamed" } : readFile(json);
}

/** The answer to `GET /repos/{user}/{repo}`, asked for when the file is not there. */
export function readRepository(answer: ForgeAnswer, name: string): Look {
  const doubt = doubtIn(answer);
  if (doubt !== undefined) return doubt;
  const { status, json, redirected } = answer as Answered;
  if (status === 404) return { found: "no-repository" };
  if (status !== 200) return { found: "nothing", because: `status ${status}` };
  const { full_name: fullName } = fieldsOf(json);
  if (typeof fullName !== "string") return nothing("an answer that describes no repository");
  const same = fullName.toLowerCase() === name.toLowerCase();
  return redirected || !same ? { found: "renamed" } : { found: "no-file" };
}

type Answered = Extract<ForgeAnswer, { status: number }>;

function nothing(because: string): Look {
  return { found: "nothing", because };
}

/** What all calls have in common: only a JSON answer of the API itself says anything. */
function doubtIn(answer: ForgeAnswer): Look | undefined {
  if ("failed" in answer) return nothing(answer.failed);
  const { status, json } = answer;
  if (status === 401) return { found: "unauthorized" };
  if (status === 403) return { found: "forbidden" };
  if (json === undefined) return nothing(`status ${status} that is not JSON`);
  return status === 404 && !isApiError(json)
    ? nothing("a 404 that is not the API's own")
    : undefined;
}

/** The API's errors carry a message and the address of its own documentation; those of gateways before it do not. */
function isApiError(json: unknown): boolean {
  const { message, url } = fieldsOf(json);
  return typeof message === "string" && typeof url === "string";
}

function readFile(json: unknown): Look {
  if (Array.isArray(json)) return { found: "invalid", because: ".pages is a folder" };
  const { type, path, encoding, content, size } = fieldsOf(json);
  if (typeof type !== "string") return nothing("an answer that describes no file");
  if (type !== "file") return { found: "invalid", because: ".pages is not a file" };
  if (path !== ".pages") return nothing("an answer about another file");
  if (encoding !== "base64" || typeof content !== "string")
    return nothing("a file without content");
  const bytes = decode(content);
  if (bytes === undefined || bytes.length !== size) return nothing("a file that is not complete");
  if (!isUtf8(bytes)) return { found: "invalid", because: ".pages is not text" };
  return { found: "file", file: parsePagesFile(bytes.toString("utf8")) };
}

function decode(content: string): Buffer | undefined {
  const plain = content.replaceAll(/[\r\n ]/g, "");
  const valid = plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
  return valid ? Buffer.from(plain, "base64") : undefined;
}

export function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  return typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
}
