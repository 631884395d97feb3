/** Text of strangers on a terminal, and lines that people read. */
import type { Instant } from "../fields.ts";

/** Control, direction and other invisible characters, which could rewrite what a terminal shows. Line breaks and tabs may stay. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

export function printable(text: string): string {
  return text.replaceAll(INVISIBLE, "");
}

/** Writes lines to standard output. */
export function printLines(lines: readonly string[]): void {
  process.stdout.write(`${printable(lines.join("\n"))}\n`);
}

/** Writes JSON to standard output, invisible characters escaped. */
export function printJson(value: unknown): void {
  const escaped = JSON.stringify(value, null, 2).replaceAll(INVISIBLE, (text) =>
    Array.from({ length: text.length }, (_, i) => escapeUnit(text.charCodeAt(i))).join(""),
  );
  process.stdout.write(`${escaped}\n`);
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}

/** An instant as people write it, to the second. */
export function isoTime(at: Instant | undefined): string {
  return at === undefined ? "-" : new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** Labels in a column, each beside its lines. */
export function labelled(
  parts: readonly (readonly [label: string, ...lines: string[]])[],
): string[] {
  const width = Math.max(...parts.map(([label]) => label.length)) + 2;
  return parts.flatMap(([label, ...lines]) =>
    lines.map((line, i) => `${(i === 0 ? label : "").padEnd(width)}${line}`.trimEnd()),
  );
}

/** Rows with their columns aligned, the first row as their heading. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
