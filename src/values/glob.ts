/** Patterns of keys, as Redis has them: `*`, `?`, `[abc]`, `[a-c]`, `[^abc]`, and a backslash before what stands for itself. */

/** Text in which nothing is special: for patterns that are built from what users gave. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]^]/g, "\\$&");
}

/** Of a class: an escaped character, a range (which may end with anything), or any character but its end. */
const MEMBER = /\\.|[^\]]-.|[^\]]/gsu;
/** A class, to the pattern's end when nothing closes it: whether it is negated, and its members. */
const CLASS = /\[(\^?)((?:\\.|[^\]]-.|[^\]])*)\]?/su;
/** Stars, a class, an escaped character, or any other. */
const TOKEN = new RegExp(`\\*+|${CLASS.source}|\\\\.|.`, "gsu");

/** One character of a pattern: any number of any, or a test. */
type Part = "*" | ((character: string) => boolean);

/** Whether keys match. Takes time in proportion to pattern and key, whatever the pattern. */
export function compilePattern(pattern: string): (key: string) => boolean {
  const parts = partsOf(pattern);
  return (key) => matches(parts, [...key]);
}

/** A pattern for Redis that lets through at least what `pattern` does: Redis counts bytes where we count characters. */
export function widenPattern(pattern: string): string {
  return pattern.replace(TOKEN, (token) => (/^[*?[]/.test(token) ? "*" : token));
}

function matches(parts: readonly Part[], key: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < key.length) {
    const test = parts[part];
    if (test === "*") {
      star = part++;
      starAt = at;
    } else if (test?.(key[at] as string)) {
      part++;
      at++;
    } else if (star >= 0) {
      part = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (parts[part] === "*") part++;
  return part === parts.length;
}

function partsOf(pattern: string): Part[] {
  return Array.from(pattern.matchAll(TOKEN), ([token]): Part => {
    if (token.startsWith("*")) return "*";
    if (token === "?") return () => true;
    if (token.startsWith("[")) return classTest(token);
    const literal = token.length > 1 && token.startsWith("\\") ? token.slice(1) : token;
    return (character) => character === literal;
  });
}

function classTest(token: string): (character: string) => boolean {
  const [, not = "", members = ""] = CLASS.exec(token) ?? [];
  const ranges = Array.from(members.matchAll(MEMBER), ([member]) => rangeOf([...member]));
  return (character) =>
    ranges.some(([from, to]) => from <= character && character <= to) !== (not !== "");
}

/** First and last character of a member. */
function rangeOf([first = "", second, third]: readonly string[]): readonly [string, string] {
  if (second === undefined) return [first, first];
  if (third === undefined) return [second, second];
  return first <= third ? [first, third] : [third, first];
}
