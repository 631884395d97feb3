/** A stored report as its page shows it. */
import type { ChosenPeriod } from "../../reports/chosen-period.ts";
import type { Gap, Profile, Pull, Report, Repository } from "../../reports/report.ts";
import { webUrl } from "../pages/html.ts";
import type { ProfileView, PullView, ReportView, RepositoryView } from "../pages/report/view.ts";

/** So many languages are shown. */
const LANGUAGES = 10;

/** What is shown of a report; `text` says its period in words. */
export function viewOf(report: Report, { text }: Pick<ChosenPeriod, "text">): ReportView {
  const { login, profile, period, madeAt, totals, activity, sizes, repositories } = report;
  const { stars, reviewed, issues, ...counts } = totals;
  return {
    login,
    profile: profileOf(profile),
    periodText: text,
    untilAt: period.untilAt,
    madeAt,
    missing: report.coverage.missing.map(sentenceOf),
    totals: { ...counts, ...there({ stars, reviewed, issues }) },
    activity,
    languages: report.languages.slice(0, LANGUAGES),
    sizes,
    repositories: repositories.map(repositoryOf),
  };
}

/** Without what is not known. */
function there<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], null> } {
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== "");
  return Object.fromEntries(known) as { [K in keyof T]?: Exclude<T[K], null> };
}

const ORGANISATION = /^@([A-Za-z\d][A-Za-z\d-]{0,38})$/;

function profileOf(profile: Profile): ProfileView {
  const { name, bio, company, location, avatarUrl, url, blog, twitter, social } = profile;
  const [, organisation] = ORGANISATION.exec(company?.trim() ?? "") ?? [];
  const links = [
    ...(organisation === undefined
      ? []
      : [
          {
            text: `@${organisation}`,
            url: new URL(`/${organisation}`, webUrl(url) ?? "https://github.com").href,
          },
        ]),
    ...(blog ? [{ text: blog.replace(/^https?:\/\/|\/$/g, ""), url: asUrl(blog) }] : []),
    ...(twitter
      ? [{ text: `@${twitter} on X`, url: `https://x.com/${encodeURIComponent(twitter)}` }]
      : []),
    ...social.map(({ provider, url: place }) => ({ text: providerName(provider), url: place })),
  ];
  const shown = { name, bio, location, avatarUrl };
  return {
    url,
    ...there(organisation === undefined ? { ...shown, company } : shown),
    links: links.filter(isNoRepeat),
  };
}

/** People write `example.org`. */
function asUrl(text: string): string {
  return /^\w+:/.test(text) ? text : `https://${text}`;
}

/** GitHub lists an account on X in two places. */
function isNoRepeat({ url }: { url: string }, i: number, all: readonly { url: string }[]): boolean {
  const plain = (text: string) =>
    (webUrl(text) ?? text).replace(/^https?:\/\/(?:twitter|x)\.com/, "x:");
  return all.findIndex((other) => plain(other.url) === plain(url)) === i;
}

const PROVIDERS: Readonly<Record<string, string>> = {
  linkedin: "LinkedIn",
  twitter: "X",
  youtube: "YouTube",
  npm: "npm",
  generic: "Website",
};

function providerName(provider: string): string {
  return PROVIDERS[provider] ?? provider.charAt(0).toUpperCase() + provider.slice(1);
}

function repositoryOf({ name, url, description, role, stars, pulls }: Repository): RepositoryView {
  return {
    ...{ name, url, pulls: pulls.map(pullOf) },
    ...there({ description, role: roleName(role), stars }),
  };
}

/** `FIRST_TIME_CONTRIBUTOR` → `First time contributor` */
function roleName(role: string | null): string | null {
  if (role === null || role === "NONE") return null;
  return role.charAt(0) + role.slice(1).toLowerCase().replaceAll("_", " ");
}

function pullOf(pull: Pull): PullView {
  const { number, title, url, state, createdAt, size, additions, deletions, capped } = pull;
  const isKnown = size !== null && additions !== null && deletions !== null;
  return {
    ...{ number, title, url, state, createdAt },
    ...(isKnown && { size: { name: size, additions, deletions, atLeast: capped } }),
  };
}

function sentenceOf({ what, count, reason, final }: Gap): string {
  const whose = count === 1 ? WHAT[what].one : WHAT[what].many.replace("#", String(count));
  return `Missing: ${whose}. ${reason}${final ? " Asking again would not help." : ""}`;
}

const WHAT: Readonly<Record<Gap["what"], { readonly one: string; readonly many: string }>> = {
  files: { one: "the files of one pull request", many: "the files of # pull requests" },
  stars: { one: "the stars of one repository", many: "the stars of # repositories" },
  repositories: { one: "what one repository is about", many: "what # repositories are about" },
  social: { one: "accounts elsewhere", many: "accounts elsewhere" },
  reviewed: { one: "reviews", many: "reviews" },
  issues: { one: "issues", many: "issues" },
  pulls: { one: "one pull request", many: "# pull requests" },
};
