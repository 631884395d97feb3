/** What the drawn cards have in common: text that fits, and colours. */
import { type Html, html } from "../html.ts";
import { count, shortCount } from "../words.ts";
import { starsText } from "./summary.ts";
import type { ReportView } from "./view.ts";

export interface Palette {
  readonly paper: string;
  readonly line: string;
  readonly ink: string;
  readonly soft: string;
  readonly accent: string;
  readonly wash: string;
  readonly added: string;
  readonly removed: string;
  /** For languages, the first for the most used. */
  readonly series: readonly string[];
}

const SERIES = ["#d9602b", "#7c4fd0", "#1f8a4f", "#2f7fd1", "#c99a1e", "#b5477e"];

export const PALETTES = {
  light: {
    paper: "#ffffff",
    line: "#e6e0d8",
    ink: "#1c1917",
    soft: "#655d54",
    accent: "#b83a0a",
    wash: "#f3efe9",
    added: "#1a7f4b",
    removed: "#c0262d",
    series: SERIES,
  },
  dark: {
    paper: "#1d1a17",
    line: "#36302a",
    ink: "#f3eee8",
    soft: "#b0a699",
    accent: "#ff9a5f",
    wash: "#27221e",
    added: "#5fcf92",
    removed: "#ff8a84",
    series: SERIES,
  },
} as const satisfies Record<string, Palette>;

/** A name that the shipped font can draw, cut to so many characters; else undefined. */
export function drawable(name: string | undefined, most: number): string | undefined {
  const text = name?.trim() ?? "";
  if (!/^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N} .,'’&()/+-]+$/u.test(text))
    return undefined;
  return cut(text, most);
}

export function cut(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

/** The four figures of a card. */
export function figures({
  totals,
}: ReportView): { readonly name: string; readonly value: string }[] {
  const { pulls, merged, repositories, additions, deletions } = totals;
  return [
    { name: "pull requests", value: count(pulls) },
    { name: "merged", value: count(merged) },
    { name: "repositories", value: count(repositories) },
    { name: "lines changed", value: shortCount(additions + deletions) },
  ];
}

export function starsLine({ totals }: ReportView): string {
  return totals.stars === undefined ? "" : ` · ${starsText(totals.stars)} gained there`;
}

/** The languages as one bar, with what is left over in the colour of the ground. */
export function languageBar(
  { languages }: ReportView,
  { series }: Palette,
  box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): Html[] {
  let x = box.x;
  return languages.slice(0, series.length).map(({ percent }, i) => {
    const width = (box.width * percent) / 100;
    const piece = html`<rect x="${x.toFixed(1)}" y="${box.y}" width="${Math.max(0, width - 2).toFixed(1)}" height="${box.height}" fill="${series[i]}"/>`;
    x += width;
    return piece;
  });
}
