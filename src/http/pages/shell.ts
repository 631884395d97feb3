/** What all pages have around them. */
import type { Visitor } from "../../store/sessions.ts";
import type { Assets } from "./assets.ts";
import { type Html, html } from "./html.ts";

/** Who looks at a page. */
export interface Viewer {
  readonly visitor: Visitor;
  /** For the forms of this page. */
  readonly csrf: string;
}

/** What is the same for all pages of a site. */
export interface Site {
  /** Scheme, host and port that visitors use: `https://reports.example.org`. */
  readonly origin: string;
  readonly assets: Assets;
  /** Whether visitors can sign in. */
  readonly signIn: boolean;
  /** Script of an analytics service, if there is one. */
  readonly analytics?: string;
  /** Login whose report is the example on the home page. */
  readonly example?: string;
}

export interface Page {
  readonly title: string;
  /** Path and query, to come back to after signing in. */
  readonly path: string;
  readonly viewer: Viewer | undefined;
  readonly description?: string;
  /** More for the head, such as what link previews show. */
  readonly head?: Html;
  readonly body: Html;
  /** Whether the header has the search box; the home page has its own. */
  readonly search?: boolean;
}

/** The whole page. */
export function shell(site: Site, page: Page): string {
  const { title, description, head, body } = page;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${description !== undefined && html`<meta name="description" content="${description}">`}
<link rel="icon" href="${site.assets.path("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${site.assets.path("site.css")}">
<script src="${site.assets.path("site.js")}" defer></script>
${site.analytics !== undefined && html`<script src="${site.analytics}" defer></script>`}
${head}
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
${header(site, page)}
<main id="main">
${body}
</main>
${footer()}
</body>
</html>
`.toString();
}

function header(site: Site, { viewer, path, search = true }: Page): Html {
  return html`<header class="bar"><div class="wide">
<a class="brand" href="/"><img src="${site.assets.path("icon.svg")}" alt="" width="24" height="24">Warmfront</a>
${search ? searchBox("header-login", "Find a GitHub login") : html`<span class="gap"></span>`}
${viewer === undefined ? site.signIn && signInLink(path, "Sign in", "quiet") : account(viewer)}
</div></header>`;
}

/** A box that leads to the page of a login. */
export function searchBox(id: string, label: string): Html {
  return html`<form class="search" role="search" action="/user/github" method="get">
<label class="unseen" for="${id}">${label}</label>
<input id="${id}" name="login" type="search" placeholder="${label}" maxlength="39" required autocomplete="off" autocapitalize="none" spellcheck="false">
<button type="submit">Show</button>
</form>`;
}

export function signInLink(path: string, text: string, look = ""): Html {
  const query = path === "/" ? "" : `?${new URLSearchParams({ return_to: path })}`;
  return html`<a class="button ${look}" href="/auth/login${query}" rel="nofollow">${text}</a>`;
}

/** The hidden field that proves that a form is ours. */
export function csrfField({ csrf }: Viewer): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}">`;
}

function account(viewer: Viewer): Html {
  const { login } = viewer.visitor;
  return html`<div class="account">
<a href="/user/github/${login.toLowerCase()}">${login}</a>
<form action="/auth/logout" method="post">${csrfField(viewer)}<button class="plain" type="submit">Sign out</button></form>
</div>`;
}

function footer(): Html {
  return html`<footer class="foot"><div class="wide">
<p>Public data of GitHub only. <a href="/privacy">Privacy and opting out</a> · <a href="/api/openapi.json">API</a></p>
</div></footer>`;
}
