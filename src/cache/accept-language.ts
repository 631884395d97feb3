/** Accept-Language as it is compared and as it states a preference (RFC 9110 §12.5.4, §12.4.2). */

interface LanguageRange {
  readonly tag: string;
  /** Thousandths, 0 to 1000. */
  readonly weight: number;
}

const RANGE = /^([a-z0-9-]+|\*)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

/** One form for all ways to write the same preferences: no case, no blanks, sorted by weight and then by tag. Undefined when it is malformed. */
export function normalisedLanguages(value: string): string | undefined {
  const ranges = parseLanguages(value);
  return ranges
    ?.toSorted((a, b) => b.weight - a.weight || Number(a.tag > b.tag) - Number(a.tag < b.tag))
    .map(({ tag, weight }) => (weight === 1000 ? tag : `${tag};q=${weight / 1000}`))
    .join(",");
}

/** The language whose weight is above all others; undefined when there is no such language. */
export function preferredLanguage(value: string): string | undefined {
  const ranges = parseLanguages(value) ?? [];
  const top = Math.max(...ranges.map((range) => range.weight));
  const best = new Set(ranges.filter((range) => range.weight === top).map((range) => range.tag));
  const [only] = best;
  return best.size === 1 && top > 0 && only !== "*" ? only : undefined;
}

function parseLanguages(value: string): LanguageRange[] | undefined {
  const ranges: LanguageRange[] = [];
  for (const member of value.toLowerCase().split(",")) {
    if (member.trim() === "") continue;
    const match = RANGE.exec(member.trim());
    if (match === null) return undefined;
    ranges.push({ tag: match[1] as string, weight: Math.round(Number(match[2] ?? 1) * 1000) });
  }
  return ranges;
}
