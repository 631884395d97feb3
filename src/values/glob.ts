/** Patterns of keys, as Redis has them: `*`, `?`, `[abc]`, `[a-c]`, `[^abc]`, and a backslash before what stands for itself. */

/** Text in which nothing is special: for patterns that are built from what users gave. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]^]/g, "\\$&");
}

/** Stars, a class (to the pattern's end when nothing closes it), an escaped character, or any other. */
const TOKEN = /\*+|\[(?:\\.|[^\]\\])*\]?|\\.|./gsu;
/** What closes a class, and not what is escaped before it. */
const CLASS_END = /^((?:\\.|[^\]\\])*)\]$/su;

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
    if (token.startsWith("[")) return classTest([...token.slice(1).replace(CLASS_END, "$1")]);
    const literal = token.length > 1 && token.startsWith("\\") ? token.slice(1) : token;
    return (character) => character === literal;
  });
}

function classTest(members: readonly string[]): (character: string) => boolean {
  const negated = members[0] === "^";
  const ranges: [string, string][] = [];
  const literals = literalsOf(members.slice(negated ? 1 : 0));
  for (let i = 0; i < literals.length; i++) {
    const from = literals[i] as string;
    const isRange = literals[i + 1] === DASH && literals[i + 2] !== undefined;
    if (isRange) i += 2;
    const to = literals[i] as string;
    ranges.push(from <= to ? [from, to] : [to, from]);
  }
  return (character) =>
    ranges.some(([from, to]) => from <= character && character <= to) !== negated;
}

/** A dash that makes a range, told apart from one that stands for itself. */
const DASH = "\\-";

/** The members of a class with their backslashes resolved. */
function literalsOf(members: readonly string[]): string[] {
  const literals: string[] = [];
  for (let i = 0; i < members.length; i++) {
    const member = members[i] as string;
    if (member === "\\") literals.push(members[++i] ?? member);
    else
      literals.push(
        member === "-" && literals.length > 0 && i + 1 < members.length ? DASH : member,
      );
  }
  return literals;
}
