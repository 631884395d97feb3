/** While there is no report: it is being made, could not be made, or nobody has asked for it. */
import { type Html, html } from "../html.ts";
import { type Site, shell, signInLink, type Viewer } from "../shell.ts";
import { startForm } from "./page.ts";
import { type PeriodTabs, periodTabs } from "./periods.ts";

export interface WaitingPage {
  readonly login: string;
  readonly path: string;
  readonly query: string;
  readonly tabs: PeriodTabs;
  readonly periodText: string;
}

/** What a job does, as it stands when the page is made. */
export interface Progress {
  readonly jobPath: string;
  readonly text: string;
  readonly percent?: number;
}

/** Seconds after which a browser without script asks again. */
const AGAIN_S = 5;

export function progressPage(
  site: Site,
  viewer: Viewer | undefined,
  page: WaitingPage,
  { jobPath, text, percent }: Progress,
): string {
  const { login, periodText } = page;
  const body = html`${periodTabs(page.tabs)}
<section class="card progress-card" data-job="${jobPath}">
<h1>The report about ${login} is being made</h1>
<p class="muted">It covers ${periodText}. You can leave this page: the report will be here, for everybody.</p>
<progress max="100" aria-label="Progress" data-part="bar"${percent !== undefined && html` value="${percent}"`}></progress>
<p role="status"><span data-part="step">${text}</span> <span class="muted" data-part="expected"></span></p>
</section>`;
  return shell(site, {
    title: `Making the report about ${login}`,
    path: page.path + page.query,
    viewer,
    head: html`<noscript><meta http-equiv="refresh" content="${AGAIN_S}"></noscript>`,
    body,
  });
}

export function missingPage(
  site: Site,
  viewer: Viewer | undefined,
  page: WaitingPage,
  failure?: string,
): string {
  const { login, periodText, path, query } = page;
  const body = html`${periodTabs(page.tabs)}
<section class="card progress-card">
<h1>${failure === undefined ? `No report about ${login} yet` : "The report could not be made"}</h1>
${failure === undefined ? html`<p>Nobody has had one made that covers ${periodText}.</p>` : html`<p>${failure}</p>`}
<div class="actions">${next(site, viewer, path + query, failure)}</div>
</section>`;
  return shell(site, { title: `No report about ${login} yet`, path: path + query, viewer, body });
}

function next(
  site: Site,
  viewer: Viewer | undefined,
  path: string,
  failure: string | undefined,
): Html {
  if (viewer !== undefined) {
    const text = failure === undefined ? "Make the report" : "Try again";
    return html`${startForm(viewer, path, text)}<span class="muted">Takes from a few seconds to some minutes.</span>`;
  }
  if (!site.signIn) return html`<p class="muted">Reports are made here by the operators only.</p>`;
  return html`${signInLink(path, "Sign in to make it")}<span class="muted">Then it can be read by everybody.</span>`;
}
