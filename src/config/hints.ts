import { distance } from "fastest-levenshtein";

/** What an unknown name was probably meant to be, else which names there are. */
export function closest(name: string, known: readonly string[]): string {
  const normal = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, "");
  const ranked = known
    .map((candidate) => ({ candidate, away: distance(normal(name), normal(candidate)) }))
    .toSorted((a, b) => a.away - b.away);
  const best = ranked[0];
  const near = best !== undefined && best.away <= Math.max(2, Math.floor(name.length / 3));
  return near ? `did you mean \`${best.candidate}\`?` : `known here: ${known.join(", ")}`;
}
