/** The repositories of a report, each with its pull requests. */
import { dayOf } from "../../../reports/chosen-period.ts";
import { type Html, html, webUrl } from "../html.ts";
import { count, counted, dayText } from "../words.ts";
import { starsText } from "./summary.ts";
import type { PullView, RepositoryView } from "./view.ts";

/** So many pull requests are shown unfolded, from the top. */
const UNFOLDED = 30;

export function repositoryList(repositories: readonly RepositoryView[]): Html {
  let shown = 0;
  return html`<section class="stack" aria-labelledby="repositories">
<h2 id="repositories">Repositories</h2>
${repositories.map((repository) => {
  shown += repository.pulls.length;
  return repositoryCard(repository, shown <= UNFOLDED);
})}
</section>`;
}

function repositoryCard(
  { name, description, role, stars, pulls, url }: RepositoryView,
  isOpen: boolean,
): Html {
  return html`<details class="card repo" ${isOpen && "open"}>
<summary>
<span><h3>${name}</h3>${role !== undefined && html` <span class="badge${isStrong(role) && " strong"}">${role}</span>`}</span>
<span class="count">${counted(pulls.length, "pull request")}${stars !== undefined && html`<br><span class="stars">${starsText(stars)}</span>`}</span>
${description !== undefined && html`<span class="about">${description}</span>`}
</summary>
<div class="table-frame"><table class="pulls">
<caption class="unseen">Pull requests to ${name}</caption>
<thead><tr><th scope="col" class="number">No.</th><th scope="col">Title</th><th scope="col">State</th><th scope="col">Size</th><th scope="col" class="number">Lines</th><th scope="col">Created</th></tr></thead>
<tbody>${pulls.map(pullRow)}</tbody>
</table></div>
<p class="visit"><a href="${webUrl(url) ?? "#"}" rel="nofollow noopener">${name} on GitHub</a></p>
</details>`;
}

function isStrong(role: string): boolean {
  return role === "Owner" || role === "Member" || role === "Collaborator";
}

function pullRow({ number, title, url, state, size, createdAt }: PullView): Html {
  const href = webUrl(url);
  const name =
    href === undefined ? title : html`<a href="${href}" rel="nofollow noopener">${title}</a>`;
  return html`<tr><td class="number muted">#${number}</td><td class="title">${name}</td><td><span class="badge ${state}">${state}</span></td><td>${size?.name ?? "–"}</td><td class="number">${size === undefined ? "–" : html`${size.atLeast && "≥ "}<span class="added">+${count(size.additions)}</span> <span class="removed">−${count(size.deletions)}</span>`}</td><td class="number"><time datetime="${dayOf(createdAt)}">${dayText(createdAt)}</time></td></tr>
`;
}
