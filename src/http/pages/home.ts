/** The start page. */
import { html } from "./html.ts";
import { type Site, searchBox, shell, signInLink, type Viewer } from "./shell.ts";

export function homePage(site: Site, viewer: Viewer | undefined): string {
  const { example } = site;
  const own = viewer?.visitor.login;
  const body = html`<section class="hero">
<h1>What somebody gave to open source</h1>
<p>Pull requests across all public repositories on GitHub: how many, how large, in which languages, and in which role – on one page that anybody can read.</p>
${searchBox("login", "GitHub login")}
<div class="actions">
${own !== undefined && html`<a class="button" href="/user/github/${own.toLowerCase()}">Your own report</a>`}
${viewer === undefined && site.signIn && signInLink("/", "Sign in with GitHub")}
${example !== undefined && html`<a class="button quiet" href="/user/github/${example.toLowerCase()}">See an example</a>`}
</div>
${!site.signIn && html`<p class="muted">Signing in is not set up here: reports that are there can be read, and the operators make new ones.</p>`}
</section>
<section class="points" aria-label="How it works">
<div class="card"><h2>Made once, there for all</h2><p>Whoever has signed in can have a report made. From then on it is read at once, by anybody, without asking GitHub again.</p></div>
<div class="card"><h2>Says what it covers</h2><p>Every report tells the days that it is about, when it was made, and what could not be found out.</p></div>
<div class="card"><h2>Public data only</h2><p>Private repositories are never looked at. Signing in asks GitHub for your name and nothing else, and you can <a href="/privacy">opt out</a>.</p></div>
</section>`;
  return shell(site, {
    title: "Warmfront – contribution reports",
    description: "Reports about what people gave to open source on GitHub.",
    path: "/",
    viewer,
    search: false,
    body,
  });
}
