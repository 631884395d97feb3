/** The order of the pull requests of a report. Pure. */
import { PULL_STATES, type Pull, type Report } from "../../reports/report.ts";

export const SORT_FIELDS = ["repository", "state", "created", "merged", "title", "stars"] as const;

export interface SortKey {
  readonly field: (typeof SORT_FIELDS)[number];
  readonly ascending: boolean;
}

/** A pull request with what its row tells of its repository. */
export interface Row extends Pull {
  readonly repository: string;
  readonly stars: Report["totals"]["stars"];
}

/** `created`, `stars:asc`; the newest and largest come first unless told otherwise. Undefined when it is neither. */
export function readSortKey(text: string): SortKey | undefined {
  const [name, order = "desc", ...more] = text.split(":");
  const field = SORT_FIELDS.find((one) => one === name);
  if (field === undefined || more.length > 0 || !["asc", "desc"].includes(order)) return undefined;
  return { field, ascending: order === "asc" };
}

/** The pull requests of all repositories, ordered by the first key, then by the next. */
export function rowsOf({ repositories }: Report, keys: readonly SortKey[]): Row[] {
  const rows = repositories.flatMap(({ name: repository, stars, pulls }) =>
    pulls.map((pull): Row => ({ ...pull, repository, stars })),
  );
  return rows.sort((a, b) => {
    for (const { field, ascending } of keys) {
      const order = compare(VALUES[field](a), VALUES[field](b), ascending);
      if (order !== 0) return order;
    }
    return 0;
  });
}

type Value = string | number | null;

const VALUES: Record<SortKey["field"], (row: Row) => Value> = {
  repository: (row) => row.repository.toLowerCase(),
  // Merged, open, closed when ascending.
  state: (row) => PULL_STATES.indexOf(row.state),
  created: (row) => row.createdAt,
  merged: (row) => row.mergedAt,
  title: (row) => row.title.toLowerCase(),
  stars: (row) => row.stars?.count ?? null,
};

/** What is not known comes last in either order. */
function compare(a: Value, b: Value, ascending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (a === b) return 0;
  return a < b === ascending ? -1 : 1;
}
