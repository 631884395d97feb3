/** A small card for READMEs: an SVG that needs neither script nor style sheet. */
import { html } from "../html.ts";
import { percent } from "../words.ts";
import { cut, drawable, figures, languageBar, PALETTES } from "./drawing.ts";
import type { ReportView } from "./view.ts";

const WIDTH = 460;
const HEIGHT = 190;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

export type Theme = keyof typeof PALETTES;

export function cardSvg(view: ReportView, theme: Theme): string {
  const palette = PALETTES[theme];
  const { paper, line, ink, soft, wash, series } = palette;
  const { login, profile, periodText, totals } = view;
  const name = drawable(profile.name, 30) ?? login;
  const bar = { x: 24, y: 128, width: WIDTH - 48, height: 8 };
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title desc" font-family="${FONT}">
<title id="title">${name} – contributions to open source</title>
<desc id="desc">${totals.pulls} pull requests, ${totals.merged} merged, ${totals.repositories} repositories, ${periodText}.</desc>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="12" fill="${paper}" stroke="${line}"/>
<text x="24" y="38" font-size="17" font-weight="650" fill="${ink}">${name}</text>
<text x="24" y="57" font-size="12" fill="${soft}">Open source, ${cut(periodText, 50)}</text>
${figures(view).map(
  ({ name: what, value }, i) =>
    html`<text x="${24 + i * 106}" y="92" font-size="20" font-weight="650" fill="${ink}">${value}</text><text x="${24 + i * 106}" y="109" font-size="11.5" fill="${soft}">${what}</text>`,
)}
<rect x="24" y="128" width="${WIDTH - 48}" height="8" rx="4" fill="${wash}"/>
${languageBar(view, palette, bar)}
${view.languages
  .slice(0, 3)
  .map(
    ({ name: language, percent: share }, i) =>
      html`<circle cx="${28 + i * 142}" cy="160" r="4" fill="${series[i]}"/><text x="${37 + i * 142}" y="164" font-size="11" fill="${soft}">${cut(language, 13)} ${percent(share)}</text>`,
  )}
</svg>
`.toString();
}

/** Stands where a card would, when there is no report. */
export function emptyCardSvg(text: string, theme: Theme): string {
  const { paper, line, soft } = PALETTES[theme];
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="64" viewBox="0 0 ${WIDTH} 64" role="img" aria-label="${text}" font-family="${FONT}">
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="63" rx="12" fill="${paper}" stroke="${line}"/>
<text x="24" y="37" font-size="14" fill="${soft}">${text}</text>
</svg>
`.toString();
}
