/** The figures of a report at a glance, and its charts. */
import type { PullState } from "../../../reports/report.ts";
import { activityChart, type Part } from "../charts/activity.ts";
import { bars } from "../charts/bar.ts";
import { type Html, html } from "../html.ts";
import { count, counted, percent } from "../words.ts";
import type { ReportView, Stars, Totals } from "./view.ts";

export function summary({ totals }: ReportView): Html {
  const { pulls, additions, deletions, changedFiles, repositories, stars, reviewed, issues } =
    totals;
  return html`<section aria-label="Summary"><dl class="card tiles">
${tile("Pull requests", count(pulls), statesText(totals))}
${tile("Repositories", count(repositories), stars && `${starsText(stars)} gained there`)}
${tile("Lines added", html`<span class="added">+${count(additions)}</span>`)}
${tile("Lines removed", html`<span class="removed">−${count(deletions)}</span>`)}
${tile("Files changed", count(changedFiles))}
${reviewed !== undefined && tile("Reviewed", count(reviewed), "pull requests of others")}
${issues !== undefined && tile("Issues opened", count(issues))}
</dl></section>`;
}

function tile(name: string, value: string | Html, more?: string | undefined): Html {
  return html`<div><dt>${name}</dt><dd>${value}${more && html`<small>${more}</small>`}</dd></div>`;
}

function statesText({ merged, open, closed }: Totals): string {
  const states = [
    [merged, "merged"],
    [open, "open"],
    [closed, "closed"],
  ] as const;
  const there = states.filter(([number]) => number > 0);
  return there.map(([number, word]) => `${count(number)} ${word}`).join(", ");
}

/** `1,204 stars`, `1,000 stars or more` */
export function starsText({ count: stars, atLeast }: Stars): string {
  return atLeast ? `${count(stars)} stars or more` : counted(stars, "star");
}

export function languages({ languages: all }: ReportView): Html {
  if (all.length === 0)
    return html`<section class="card"><h2>Languages</h2><p class="muted">No file of a known language was changed.</p></section>`;
  const drawn = bars(all.map((each) => each.percent));
  return html`<section class="card"><h2>Languages</h2>
<table class="rows"><caption class="unseen">Changed files by language</caption><tbody>
${all.map(({ name, percent: share }, i) => html`<tr><th scope="row">${name}</th><td>${drawn[i]}</td><td class="number">${percent(share)}</td></tr>`)}
</tbody></table></section>`;
}

export function sizes({ sizes: all }: ReportView): Html {
  if (all.length === 0)
    return html`<section class="card"><h2>Sizes</h2><p class="muted">No sizes are known.</p></section>`;
  const drawn = bars(all.map((each) => each.count));
  return html`<section class="card"><h2>Sizes</h2>
<table class="rows"><caption class="unseen">Pull requests by changed lines</caption><tbody>
${all.map(({ name, count: pulls }, i) => html`<tr><th scope="row">${name}</th><td>${drawn[i]}</td><td class="number">${count(pulls)}</td></tr>`)}
</tbody></table></section>`;
}

const PARTS: readonly Part<PullState>[] = [
  { state: "merged", label: "Merged" },
  { state: "open", label: "Open" },
  { state: "closed", label: "Closed" },
];

export function activity({ activity: found }: ReportView): Html {
  return html`<section class="card"><h2>Activity</h2>
${activityChart(found, PARTS, "Pull requests")}</section>`;
}
