/** Who a report is about. */
import { type Html, html, webUrl } from "../html.ts";
import type { ReportView } from "./view.ts";

export function profileCard({ login, profile }: ReportView): Html {
  const { name, bio, company, location, links } = profile;
  const facts = [company, location].filter((fact) => fact !== undefined && fact.trim() !== "");
  return html`<section class="profile">
<div class="avatar" aria-hidden="true">${initial(name ?? login)}${picture(profile.avatarUrl)}</div>
<div>
<h1>${name ?? login}</h1>
<p class="login"><a href="${webUrl(profile.url) ?? "#"}" rel="nofollow noopener">@${login}</a></p>
${bio !== undefined && html`<p class="bio">${bio}</p>`}
<ul class="facts">
${facts.map((fact) => html`<li>${fact}</li>`)}
${links.map(({ text, url }) => link(text, url))}
</ul>
</div>
</section>`;
}

function initial(name: string): string {
  return [...name.trim()][0]?.toUpperCase() ?? "";
}

function picture(url: string | undefined): Html | false {
  const src = webUrl(url);
  return (
    src !== undefined &&
    html`<img src="${src}" alt="" width="88" height="88" loading="lazy" referrerpolicy="no-referrer">`
  );
}

function link(text: string, url: string): Html {
  const href = webUrl(url);
  if (href === undefined) return html`<li>${text}</li>`;
  return html`<li><a href="${href}" rel="nofollow noopener ugc">${text}</a></li>`;
}
