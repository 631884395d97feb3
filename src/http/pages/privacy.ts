/** What is kept about people, and how they end it. */
import { type Html, html } from "./html.ts";
import { csrfField, type Site, shell, signInLink, type Viewer } from "./shell.ts";

export function privacyPage(
  site: Site,
  viewer: Viewer | undefined,
  { optedOut, done }: { readonly optedOut: boolean; readonly done: unknown },
): string {
  const body = html`<div class="notice-page stack">
<h1>Privacy</h1>
${done === "deleted" && html`<div class="notice" role="status"><p>All reports about you have been deleted.</p></div>`}
<div>
<p>Reports are made of what GitHub shows to everybody: pull requests to public repositories, and the public profile. They are kept until somebody deletes them, and anybody who has the address can read them. ${site.analytics === undefined ? "There are no analytics and no trackers." : html`Visits are counted by the analytics script of <code>${new URL(site.analytics).host}</code>.`}</p>
<p>Signing in sets one cookie, which holds nothing but the number of your session, and for ten minutes one that brings you back from GitHub. The token from GitHub is kept encrypted until the session ends, and for a day at most beside a report that you have asked for; it is used for those reports alone. Profile pictures are loaded from GitHub.</p>
</div>
<section class="card"><h2>Reports about you</h2>${aboutYou(site, viewer, optedOut)}</section>
</div>`;
  return shell(site, { title: "Privacy – Warmfront", path: "/privacy", viewer, body });
}

function aboutYou(site: Site, viewer: Viewer | undefined, optedOut: boolean): Html {
  if (viewer === undefined) {
    return html`<p>You can have all reports about you deleted, and opt out: then nobody can have one made. To show that you are you, sign in with GitHub${site.signIn ? "." : "; signing in is not set up here, so ask whoever runs this site."}</p>
${site.signIn && html`<div class="actions">${signInLink("/privacy", "Sign in with GitHub")}</div>`}`;
  }
  const { login } = viewer.visitor;
  if (optedOut) {
    return html`<p role="status">You have opted out: there are no reports about <strong>${login}</strong>, and none can be made.</p>
<div class="actions">${action(viewer, "opt-in", "Allow reports again", "quiet")}</div>`;
  }
  return html`<p>You are signed in as <strong>${login}</strong>.</p>
<div class="actions">
${action(viewer, "delete", "Delete all reports about me", "quiet")}
${action(viewer, "opt-out", "Delete them and opt out", "danger")}
</div>
<h2 class="spaced">Your sessions</h2>
<div class="actions"><form action="/auth/logout" method="post">${csrfField(viewer)}<input type="hidden" name="everywhere" value="1"><button class="quiet" type="submit">Sign out on all devices</button></form></div>`;
}

function action(viewer: Viewer, verb: string, text: string, look: string): Html {
  const path = `/user/github/${viewer.visitor.login.toLowerCase()}/${verb}`;
  return html`<form action="${path}" method="post">${csrfField(viewer)}<button class="${look}" type="submit">${text}</button></form>`;
}
