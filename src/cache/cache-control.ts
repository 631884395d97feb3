/** The syntax of Cache-Control (RFC 9111 §5.2, §1.2.2). What its directives mean for responses and requests stands elsewhere. */
import { listMembers } from "./list-field.ts";

/** One occurrence of a directive. */
export interface Directive {
  /** The argument without its quotes; undefined when there is none. */
  readonly value: string | undefined;
  /** False when the text does not follow the grammar: such a directive may forbid something but never permits anything. */
  readonly wellFormed: boolean;
}

/** Directives by lower-case name, occurrences in order. */
export type Directives = ReadonlyMap<string, readonly Directive[]>;

/** Greatest number of seconds that is told apart from forever (§1.2.2). */
export const MAX_SECONDS = 2 ** 31;

const TOKEN = "[!#$%&'*+.^_`|~0-9a-zA-Z-]+";
const DIRECTIVE = new RegExp(`^(${TOKEN})(?:=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?$`);
const TOKENS = new RegExp(TOKEN, "g");

/**
 * The directives of all lines of the field. A member that is no directive, such as `max-age=60; private`, counts as a malformed
 * occurrence of every token in it.
 */
export function parseCacheControl(lines: readonly string[]): Directives {
  const directives = new Map<string, Directive[]>();
  for (const line of lines) {
    for (const { text, doubtful } of listMembers(line)) {
      const match = doubtful ? null : DIRECTIVE.exec(text);
      if (match === null) addMalformed(directives, text);
      else add(directives, match[1] as string, { value: argumentOf(match), wellFormed: true });
    }
  }
  return directives;
}

function argumentOf(match: RegExpExecArray): string | undefined {
  return match[2] ?? match[3]?.replace(/\\(.)/g, "$1");
}

function addMalformed(directives: Map<string, Directive[]>, text: string): void {
  for (const token of text.match(TOKENS) ?? []) {
    add(directives, token, { value: undefined, wellFormed: false });
  }
}

function add(directives: Map<string, Directive[]>, name: string, directive: Directive): void {
  const key = name.toLowerCase();
  const known = directives.get(key);
  if (known === undefined) directives.set(key, [directive]);
  else known.push(directive);
}

/** Whether a directive that takes no argument occurs so that it may permit something. */
export function isGranted(directives: Directives, name: string): boolean {
  const occurrences = directives.get(name) ?? [];
  return occurrences.some(({ value, wellFormed }) => wellFormed && value === undefined);
}

/** The seconds of the first occurrence (§4.2.1); `invalid` when it is not a whole number; undefined when there is none. */
export function secondsOf(directives: Directives, name: string): number | "invalid" | undefined {
  const first = directives.get(name)?.[0];
  if (first === undefined) return undefined;
  return parseDeltaSeconds(first.value ?? "") ?? "invalid";
}

/** Delta-seconds: digits and nothing else; what is too large is the greatest value there is (§1.2.2). */
export function parseDeltaSeconds(text: string): number | undefined {
  return /^\d+$/.test(text) ? Math.min(Number(text), MAX_SECONDS) : undefined;
}
