/** What changed between two versions of a response: a unified diff for text, byte counts for everything else. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { decodedBody } from "./content-coding.ts";
import type { CacheEntry } from "./entry.ts";
import { firstValue } from "./message.ts";

export type VersionDiff =
  | { readonly kind: "equal" }
  | { readonly kind: "text"; readonly diff: string }
  /** No text, or too much of it or too different to be compared: bytes as they are stored. */
  | { readonly kind: "bytes"; readonly before: number; readonly after: number };

export interface Named {
  readonly name: string;
  readonly entry: CacheEntry;
}

/** Larger bodies are not compared line by line. */
const MOST_BYTES = 1024 * 1024;
/** Longest that a comparison takes. */
const LIMIT_MS = 2_000;

/** Compares in steps: the process has clients to answer meanwhile. */
export async function diffVersions(before: Named, after: Named): Promise<VersionDiff> {
  const bodies = [before.entry.response.body, after.entry.response.body] as const;
  if (bodies[0].equals(bodies[1])) return { kind: "equal" };
  const counts = { kind: "bytes", before: bodies[0].length, after: bodies[1].length } as const;
  const texts = [textOf(before.entry), textOf(after.entry)] as const;
  if (texts[0] === undefined || texts[1] === undefined) return counts;
  const diff = await unifiedDiff(before.name, after.name, texts[0], texts[1]);
  return diff === undefined ? counts : { kind: "text", diff };
}

/** Undefined when it takes too long. */
function unifiedDiff(
  nameBefore: string,
  nameAfter: string,
  before: string,
  after: string,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    createTwoFilesPatch(nameBefore, nameAfter, before, after, undefined, undefined, {
      context: 3,
      timeout: LIMIT_MS,
      headerOptions: FILE_HEADERS_ONLY,
      callback: resolve,
    });
  });
}

/** The body as text, JSON in lines; undefined when it is none. */
function textOf({ response: { fields, body } }: CacheEntry): string | undefined {
  const decoded = decodedBody(fields, body);
  if (decoded === undefined || decoded.length > MOST_BYTES || decoded.includes(0)) return undefined;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(decoded);
  } catch {
    return undefined;
  }
  return /[/+]json\b/i.test(firstValue(fields, "content-type") ?? "") ? inLines(text) : text;
}

function inLines(json: string): string {
  try {
    return `${JSON.stringify(JSON.parse(json), null, 2)}\n`;
  } catch {
    return json;
  }
}
