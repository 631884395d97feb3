/** Patterns of paths. Both kinds take time in proportion to pattern and path at most, whatever they hold. */

/** Shell pattern: `*` is anything, slashes too, `?` one character, `[abc]`, `[a-c]` and `[!abc]` one of a set. Case counts. */
export function matchesShell(pattern: string, text: string): boolean {
  return matches(shellTokens(pattern), [...text], (token, character) => token.has(character));
}

/** Pattern by segment: `**` is any number of segments; within one, a shell pattern. */
export function matchesSegments(pattern: string, path: string): boolean {
  const tokens = pattern
    .split("/")
    .map((segment) =>
      segment === "**" ? ANY : { has: (text: string) => matchesShell(segment, text) },
    );
  return matches(tokens, path.split("/"), (token, segment) => token.has(segment));
}

interface Token {
  has(text: string): boolean;
}

/** Any number of anything. */
const ANY: Token = { has: () => true };

/** Goes back to the last `ANY` alone when the rest does not fit: what an earlier one could take, the last one can. */
function matches<T>(
  tokens: readonly Token[],
  parts: readonly T[],
  fits: (token: Token, part: T) => boolean,
): boolean {
  let at = 0;
  let part = 0;
  let back: { readonly at: number; part: number } | undefined;
  while (part < parts.length) {
    const token = tokens[at];
    if (token === ANY) {
      back = { at, part };
      at += 1;
    } else if (token !== undefined && fits(token, parts[part] as T)) {
      at += 1;
      part += 1;
    } else if (back === undefined) {
      return false;
    } else {
      back.part += 1;
      part = back.part;
      at = back.at + 1;
    }
  }
  return tokens.slice(at).every((token) => token === ANY);
}

const TOKEN = /\*+|\?|\[!?\]?[^\]]*\]|./gsu;

function shellTokens(pattern: string): Token[] {
  return (pattern.match(TOKEN) ?? []).map((text) => {
    if (text.startsWith("*")) return ANY;
    if (text === "?") return { has: () => true };
    if (text.length > 2 && text.startsWith("[")) return characterSet(text.slice(1, -1));
    return { has: (character) => character === text };
  });
}

function characterSet(text: string): Token {
  const isNegated = text.startsWith("!");
  const members = [...(text.slice(isNegated ? 1 : 0).match(/.-.|./gsu) ?? [])];
  const isMember = (character: string) =>
    members.some((member) => {
      const [from = "", , to] = [...member];
      return to === undefined ? character === from : from <= character && character <= to;
    });
  return { has: (character) => isMember(character) !== isNegated };
}
