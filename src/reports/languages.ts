/** In which languages somebody writes, by the files that were changed. Pure. */
import { languageOf } from "./language-table.ts";

/** Files by language. */
export type LanguageCounts = Readonly<Record<string, number>>;

export interface LanguageShare {
  readonly name: string;
  readonly files: number;
  /** Of the files whose language is known. */
  readonly percent: number;
}

/** Each changed file counts once; those of unknown kinds do not. */
export function countLanguages(paths: readonly string[]): LanguageCounts {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const language = languageOf(path);
    if (language !== undefined) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** The largest share first, then by name. */
export function languageShares(all: readonly LanguageCounts[]): LanguageShare[] {
  const sums = new Map<string, number>();
  for (const counts of all)
    for (const [name, files] of Object.entries(counts))
      sums.set(name, (sums.get(name) ?? 0) + files);
  const total = [...sums.values()].reduce((sum, files) => sum + files, 0);
  return [...sums]
    .map(([name, files]) => ({ name, files, percent: (files / total) * 100 }))
    .toSorted((a, b) => b.files - a.files || (a.name < b.name ? -1 : 1));
}
