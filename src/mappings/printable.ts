const LONGEST = 300;

/** Text of strangers for a terminal or a log: without control, direction and other invisible characters, and not endless. */
export function printable(text: string, longest = LONGEST): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, "");
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
}
