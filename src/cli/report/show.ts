/** A report as text: a box with the sums, a table of the pull requests. Pure. */
import { dayOf } from "../../reports/chosen-period.ts";
import type { Report } from "../../reports/report.ts";
import { printable, table } from "../printing.ts";
import type { Row } from "./sort.ts";

export interface Shown {
  readonly urls: boolean;
  readonly stars: boolean;
}

const MOST_LANGUAGES = 5;
const LONGEST_TITLE = 60;

/** `rows`: the pull requests in the order in which they are shown. */
export function reportLines(report: Report, rows: readonly Row[], shown: Shown): string[] {
  const box = boxed(`Contributions of ${report.login}`, summaryOf(report, shown));
  if (rows.length === 0) return [...box, "No pull requests in this period."];
  const { pulls, repositories } = report.totals;
  return [
    ...box,
    "",
    ...table([headingOf(shown), ...rows.map((row) => cellsOf(row, shown))]),
    "",
    `${pulls} pull requests in ${repositories} repositories.`,
  ];
}

function summaryOf({ period, totals, languages, roles, sizes, coverage }: Report, shown: Shown) {
  const { pulls, merged, open, closed, additions, deletions, changedFiles, stars } = totals;
  const days =
    period.since === "all"
      ? `all time until ${period.until}`
      : `${period.since} to ${period.until}`;
  const list = (parts: readonly string[]) => (parts.length === 0 ? "-" : parts.join(", "));
  const lines = [
    ["Period", days],
    ["Pull requests", `${pulls}: ${merged} merged, ${open} open, ${closed} closed`],
    ["Code", `+${additions} -${deletions} in ${changedFiles} files`],
    ["Sizes", list(sizes.map(({ name, count }) => `${name} ${count}`))],
    [
      "Languages",
      list(
        languages
          .slice(0, MOST_LANGUAGES)
          .map(({ name, percent }) => `${name} ${percent.toFixed(1)} %`),
      ),
    ],
    ["Roles", list(roles.map(({ role, repositories }) => `${role} ${repositories}`))],
    ["Reviewed, issues", `${totals.reviewed ?? "-"}, ${totals.issues ?? "-"}`],
    ...(shown.stars ? [["Stars gained", starsOf(stars)]] : []),
    ...coverage.missing.map(({ what, count, reason }) => [
      "Missing",
      `${count} ${what}: ${reason}`,
    ]),
  ] as [string, string][];
  return lines.map(([label, text]) => `${label.padEnd(18)}${text}`);
}

/** `texts` may be of strangers, so what is invisible is taken out before it is measured. */
function boxed(title: string, texts: readonly string[]): string[] {
  const lines = texts.map((text) => printable(text));
  const width = Math.max(title.length + 2, ...lines.map((line) => line.length));
  return [
    `┌─ ${title} ${"─".repeat(width - title.length - 1)}┐`,
    ...lines.map((line) => `│ ${line.padEnd(width)} │`),
    `└${"─".repeat(width + 2)}┘`,
  ];
}

function headingOf({ stars, urls }: Shown): string[] {
  return [
    "Repository",
    ...(stars ? ["Stars"] : []),
    ...["PR", "Title", "Size", "State", "Created", "Merged"],
    ...(urls ? ["URL"] : []),
  ];
}

function cellsOf(row: Row, { stars, urls }: Shown): string[] {
  return [
    row.repository,
    ...(stars ? [starsOf(row.stars)] : []),
    `#${row.number}`,
    shortened(printable(row.title)),
    row.size ?? "-",
    row.state,
    dayOf(row.createdAt),
    row.mergedAt === null ? "-" : dayOf(row.mergedAt),
    ...(urls ? [row.url] : []),
  ].map((cell) => printable(cell).replaceAll("\n", " "));
}

function starsOf(stars: Row["stars"]): string {
  if (stars === null) return "-";
  return stars.atLeast ? `>${stars.count}` : String(stars.count);
}

function shortened(title: string): string {
  return title.length > LONGEST_TITLE ? `${title.slice(0, LONGEST_TITLE - 1)}…` : title;
}
