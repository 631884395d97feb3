/** Bars that stand in rows of a table: the numbers beside them say the same, so they are not read out. */
import { scaleLinear } from "d3-scale";
import { type Html, html } from "../html.ts";

/** A bar for each value, the longest for the largest. */
export function bars(values: readonly number[]): Html[] {
  const scale = scaleLinear([0, Math.max(...values, Number.MIN_VALUE)], [0, 100]).clamp(true);
  return values.map((value) => {
    const width = value > 0 ? Math.max(0.6, scale(value)).toFixed(2) : 0;
    return html`<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="fill-bar" width="${width}" height="1"/></svg>`;
  });
}
