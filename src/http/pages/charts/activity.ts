/** Activity over time: stacked bars, one for each week, month or year, and the same as a table. */
import { scaleBand, scaleLinear } from "d3-scale";
import { type SeriesPoint, stack } from "d3-shape";
import type { Activity, Bucket } from "../../../reports/activity.ts";
import { type Html, html } from "../html.ts";
import { count, counted, shortCount, stepText } from "../words.ts";

/** A part of each bar, the lowest first; `state` is also the class that paints it. */
export interface Part<State extends string> {
  readonly state: State;
  readonly label: string;
}

interface Frame {
  readonly kind: "full" | "narrow";
  readonly width: number;
  readonly height: number;
  /** Least room between two labels below. */
  readonly labelWidth: number;
}

/** Text keeps its size, so a small screen gets a chart of its own instead of a shrunken one. */
const FRAMES: readonly Frame[] = [
  { kind: "full", width: 960, height: 240, labelWidth: 76 },
  { kind: "narrow", width: 340, height: 200, labelWidth: 76 },
];
const MARGIN = { top: 12, right: 8, bottom: 26, left: 40 };

export function activityChart<State extends string>(
  activity: Activity<State>,
  parts: readonly Part<State>[],
  what: string,
): Html {
  const shown = parts.filter(({ state }) => activity.buckets.some((each) => each.counts[state]));
  return html`${FRAMES.map((frame) => draw(frame, activity, shown, what))}
<ul class="legend" aria-hidden="true">${shown.map(
    ({ state, label }) =>
      html`<li><svg viewBox="0 0 1 1"><rect class="fill-${state}" width="1" height="1"/></svg>${label}</li>`,
  )}</ul>
${asTable(activity, shown, what)}`;
}

function draw<State extends string>(
  frame: Frame,
  { buckets, step }: Activity<State>,
  parts: readonly Part<State>[],
  what: string,
): Html {
  const { kind, width, height } = frame;
  const x = scaleBand(
    buckets.map(({ startAt }) => startAt),
    [MARGIN.left, width - MARGIN.right],
  ).padding(0.22);
  const most = buckets.reduce((max, { total }) => Math.max(max, total), 1);
  const y = scaleLinear([0, most], [height - MARGIN.bottom, MARGIN.top]).nice(4);
  const series = stack<unknown, Bucket<State>, State>()
    .keys(parts.map(({ state }) => state))
    .value(({ counts }, state) => counts[state])([...buckets]);
  const columns = series.map(
    (points) => html`<g class="fill-${points.key}">${points.map((point) => rect(point, x, y))}</g>`,
  );
  const id = `activity-${kind}`;
  return html`<svg class="chart ${kind}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${what} by ${step}</title>
<desc id="${id}-desc">${describe(buckets, step, what)}</desc>
${gridLines(y, width)}
${columns}
${labels(frame, buckets, step, x)}
</svg>`;
}

type X = ReturnType<typeof scaleBand<number>>;
type Y = ReturnType<typeof scaleLinear<number, number>>;

function rect<State extends string>(point: SeriesPoint<Bucket<State>>, x: X, y: Y): Html | false {
  const [from, to] = point;
  if (to <= from) return false;
  const left = x(point.data.startAt) ?? 0;
  const [top, bottom] = [y(to), y(from)];
  return html`<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${x.bandwidth().toFixed(1)}" height="${(bottom - top).toFixed(1)}"/>`;
}

function gridLines(y: Y, width: number): Html[] {
  const ticks = y.ticks(4).filter(Number.isInteger);
  return ticks.map((tick) => {
    const at = Math.round(y(tick)) + 0.5;
    return html`<line class="grid" x1="${MARGIN.left}" x2="${width - MARGIN.right}" y1="${at}" y2="${at}"/><text x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${shortCount(tick)}</text>`;
  });
}

function labels<State extends string>(
  { width, height, labelWidth }: Frame,
  buckets: readonly Bucket<State>[],
  step: Activity<State>["step"],
  x: X,
): (Html | false)[] {
  const room = Math.max(1, Math.floor((width - MARGIN.left - MARGIN.right) / labelWidth));
  const every = Math.ceil(buckets.length / room);
  return buckets.map(({ startAt }, i) => {
    if (i % every !== 0) return false;
    const middle = (x(startAt) ?? 0) + x.bandwidth() / 2;
    // The outer labels must not leave the chart.
    const at = Math.min(Math.max(middle, MARGIN.left + 16), width - 34);
    return html`<text x="${at.toFixed(1)}" y="${height - 8}" text-anchor="middle">${stepText(startAt, step)}</text>`;
  });
}

function describe<State extends string>(
  buckets: readonly Bucket<State>[],
  step: Activity<State>["step"],
  what: string,
): string {
  const sum = buckets.reduce((all, { total }) => all + total, 0);
  const [first] = buckets;
  const peak = buckets.reduce((a, b) => (b.total > a.total ? b : a), first as Bucket<State>);
  if (first === undefined || sum === 0) return `No ${what.toLowerCase()}.`;
  return `${count(sum)} in ${counted(buckets.length, step)}; most in ${stepText(peak.startAt, step)}: ${count(peak.total)}.`;
}

function asTable<State extends string>(
  { buckets, step }: Activity<State>,
  parts: readonly Part<State>[],
  what: string,
): Html {
  const head = step[0]?.toUpperCase() + step.slice(1);
  return html`<details class="as-table"><summary>Show as a table</summary>
<table class="pulls"><caption class="unseen">${what} by ${step}</caption>
<thead><tr><th scope="col">${head}</th>${parts.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}</tr></thead>
<tbody>${buckets
    .filter(({ total }) => total > 0)
    .map(
      ({ startAt, counts }) =>
        html`<tr><th scope="row">${stepText(startAt, step)}</th>${parts.map(({ state }) => html`<td class="number">${count(counts[state])}</td>`)}</tr>`,
    )}</tbody></table></details>`;
}
