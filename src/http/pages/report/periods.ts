/** Choosing another period. */
import { type Html, html } from "../html.ts";

export interface PeriodTabs {
  readonly links: readonly {
    readonly label: string;
    readonly href: string;
    readonly current: boolean;
  }[];
  /** Path of the page, for a period of one's own. */
  readonly path: string;
  /** First and last day of such a period when it is shown, `YYYY-MM-DD`. */
  readonly own?: { readonly since: string; readonly until: string };
  /** Last day that can be chosen. */
  readonly today: string;
}

export function periodTabs({ links, path, own, today }: PeriodTabs): Html {
  return html`<nav class="periods" aria-label="Period">
<ul>${links.map(({ label, href, current }) => html`<li><a href="${href}"${current && html` aria-current="page"`}>${label}</a></li>`)}</ul>
<details${own !== undefined && html` open`}><summary>Other dates</summary>
<form action="${path}" method="get">
<label>From<input type="date" name="since" min="2008-01-01" max="${today}" value="${own?.since}" required></label>
<label>To<input type="date" name="until" min="2008-01-01" max="${today}" value="${own?.until ?? today}" required></label>
<button class="quiet" type="submit">Show</button>
</form></details>
</nav>`;
}
