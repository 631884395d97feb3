/** The page of a report. */
import { type Html, html } from "../html.ts";
import { csrfField, type Site, shell, signInLink, type Viewer } from "../shell.ts";
import { count, dayText } from "../words.ts";
import { type PeriodTabs, periodTabs } from "./periods.ts";
import { profileCard } from "./profile.ts";
import { repositoryList } from "./repositories.ts";
import { activity, languages, sizes, summary } from "./summary.ts";
import type { ReportView } from "./view.ts";

/** What is said above a report. `updating`: a newer one is being made by this job. */
export type Standing =
  | { readonly is: "current" }
  | { readonly is: "stale" }
  | { readonly is: "updating"; readonly jobPath: string }
  /** The newest attempt to make it anew failed. */
  | { readonly is: "failed"; readonly reason: string };

export interface ReportPage {
  readonly view: ReportView;
  readonly standing: Standing;
  /** Path of the page without its query. */
  readonly path: string;
  /** Query of the period, empty for the standard one. */
  readonly query: string;
  readonly tabs: PeriodTabs;
}

export function reportPage(site: Site, viewer: Viewer | undefined, page: ReportPage): string {
  const { view, path, query, tabs } = page;
  const { login, repositories } = view;
  const body = html`<div class="stack">
${profileCard(view)}
${periodTabs(tabs)}
${notices(site, viewer, page)}
${
  repositories.length === 0
    ? nothingYet(login)
    : html`${summary(view)}
${activity(view)}
<div class="two">${languages(view)}${sizes(view)}</div>
${repositoryList(repositories)}`
}
${about(viewer, page)}
</div>`;
  const title = `${view.profile.name ?? login} – contributions to open source`;
  return shell(site, {
    title,
    description: descriptionOf(view),
    path: path + query,
    viewer,
    head: preview(site, page, title),
    body,
  });
}

function descriptionOf({ login, totals, periodText }: ReportView): string {
  const { pulls, repositories, merged } = totals;
  return `${login} in ${periodText}: ${count(pulls)} pull requests to ${count(repositories)} repositories, ${count(merged)} merged.`;
}

/** What link previews show (Open Graph, Twitter). */
function preview(site: Site, { view, path, query }: ReportPage, title: string): Html {
  const image = `${site.origin}${path}/preview.png${query}`;
  return html`<link rel="canonical" href="${site.origin}${path}${query}">
<meta property="og:type" content="profile">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${descriptionOf(view)}">
<meta property="og:url" content="${site.origin}${path}${query}">
<meta property="og:image" content="${image}">
<meta property="og:image:width" content="1200">
<meta property="og:image:height" content="630">
<meta property="og:image:alt" content="${descriptionOf(view)}">
<meta name="twitter:card" content="summary_large_image">`;
}

function notices(site: Site, viewer: Viewer | undefined, page: ReportPage): Html {
  const { view, standing, path, query } = page;
  return html`${view.missing.length > 0 && partial(viewer, page)}
${standing.is === "updating" && html`<div class="notice" role="status" data-job="${standing.jobPath}"><p>A newer report is being made. <span data-part="step"></span> <span data-part="expected"></span></p><progress class="short" data-part="bar" max="100" aria-label="Progress"></progress></div>`}
${
  standing.is === "failed" &&
  html`<div class="notice"><p>A newer report could not be made. ${standing.reason}</p>${viewer !== undefined && startForm(viewer, path + query, "Try again")}</div>`
}
${
  standing.is === "stale" &&
  html`<div class="notice"><p>This report was made <time data-relative datetime="${new Date(view.madeAt).toISOString()}">on ${dayText(view.madeAt)}</time>. There may be news.</p>${
    viewer === undefined
      ? site.signIn && signInLink(path + query, "Sign in to refresh")
      : startForm(viewer, path + query, "Refresh", html` data-auto`)
  }</div>`
}`;
}

function partial(viewer: Viewer | undefined, { view, standing, path, query }: ReportPage): Html {
  return html`<div class="notice"><p><strong>This report is not complete.</strong></p>
${viewer !== undefined && standing.is !== "updating" && startForm(viewer, path + query, "Complete it")}
<ul>${view.missing.map((sentence) => html`<li>${sentence}</li>`)}</ul></div>`;
}

/** Has a report made. `more`: further attributes; with `data-auto` a script sends it by itself. */
export function startForm(viewer: Viewer, path: string, text: string, more?: Html): Html {
  return html`<form action="${path}" method="post"${more}>${csrfField(viewer)}<button type="submit">${text}</button></form>`;
}

function nothingYet(login: string): Html {
  return html`<section class="card"><h2>Nothing here yet</h2>
<p>There are no pull requests of ${login} to public repositories in this period. Everybody starts somewhere: a first one can be a single line.</p></section>`;
}

function about(viewer: Viewer | undefined, { view, path, query }: ReportPage): Html {
  const madeAt = new Date(view.madeAt).toISOString();
  const isOwn = viewer?.visitor.login.toLowerCase() === view.login.toLowerCase();
  return html`<section class="meta" aria-label="About this report">
<p>Covers ${view.periodText}, up to ${dayText(view.untilAt)}. Made <time data-relative datetime="${madeAt}">on ${dayText(view.madeAt)}</time> from GitHub’s public data.
<a href="/api/reports/github/${view.login}${query}">As JSON</a> · <a href="${path}/card.svg${query}">Card for a README</a></p>
${isOwn && viewer !== undefined && html`<div class="actions"><form action="${path}/delete" method="post" data-confirm="Delete all reports about you?">${csrfField(viewer)}<button class="danger" type="submit">Delete reports about me</button></form></div>`}
</section>`;
}
