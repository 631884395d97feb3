/** The picture that link previews show (Open Graph): 1200 by 630 pixels, drawn beside the event loop. */
import { createRequire } from "node:module";
import { renderAsync } from "@resvg/resvg-js";
import { html } from "../html.ts";
import { percent } from "../words.ts";
import { cut, drawable, figures, languageBar, PALETTES, starsLine } from "./drawing.ts";
import type { ReportView } from "./view.ts";

const FONTS = ["400Regular/Inter_400Regular.ttf", "700Bold/Inter_700Bold.ttf"].map((file) =>
  createRequire(import.meta.url).resolve(`@expo-google-fonts/inter/${file}`),
);

/** A PNG. */
export async function previewPng(view: ReportView): Promise<Buffer> {
  const picture = await renderAsync(previewSvg(view), {
    font: { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: "Inter" },
    fitTo: { mode: "width", value: 1200 },
  });
  return picture.asPng();
}

function previewSvg(view: ReportView): string {
  const palette = PALETTES.light;
  const { ink, soft, accent, wash, series } = palette;
  const { login, profile, periodText } = view;
  const name = drawable(profile.name, 26);
  const bar = { x: 80, y: 440, width: 1040, height: 22 };
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630" viewBox="0 0 1200 630" font-family="Inter">
<rect width="1200" height="630" fill="#faf8f5"/>
<rect width="1200" height="12" fill="${accent}"/>
<text x="80" y="140" font-size="64" font-weight="700" fill="${ink}">${name ?? cut(login, 26)}</text>
<text x="80" y="196" font-size="30" fill="${soft}">${name !== undefined && `@${login} · `}${cut(periodText, 40)}</text>
${figures(view).map(
  ({ name: what, value }, i) =>
    html`<text x="${80 + i * 265}" y="320" font-size="60" font-weight="700" fill="${ink}">${value}</text><text x="${80 + i * 265}" y="364" font-size="26" fill="${soft}">${what}</text>`,
)}
<rect x="80" y="440" width="1040" height="22" fill="${wash}"/>
${languageBar(view, palette, bar)}
${view.languages
  .slice(0, 4)
  .map(
    ({ name: language, percent: share }, i) =>
      html`<circle cx="${90 + i * 265}" cy="506" r="9" fill="${series[i]}"/><text x="${110 + i * 265}" y="515" font-size="25" fill="${soft}">${cut(language, 12)} ${percent(share)}</text>`,
  )}
<text x="80" y="585" font-size="24" fill="${accent}" font-weight="700">Warmfront<tspan fill="${soft}" font-weight="400">\u00a0· contributions to open source${starsLine(view)}</tspan></text>
</svg>`.toString();
}
