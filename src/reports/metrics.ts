/** The numbers of a report: sizes, totals, roles, order. Pure. What is not known is null and counts nowhere. */
import type { Pull, PullState, Repository, Size, Stars, Totals } from "./report.ts";
import { SIZES } from "./report.ts";

/** Lines, added and removed together, up to which a pull request has a size; beyond the last it is massive. */
const UP_TO: readonly (readonly [lines: number, size: Size])[] = [
  [1, "One Liner"],
  [100, "Small"],
  [500, "Medium"],
  [1_500, "Large"],
  [5_000, "Huge"],
];

export function sizeOf(lines: number): Size {
  return UP_TO.find(([most]) => lines <= most)?.[1] ?? "Massive";
}

/** Closed is what was closed without being merged. */
export function stateOf(state: string, mergedAt: number | null | undefined): PullState {
  if (typeof mergedAt === "number") return "merged";
  return state === "closed" ? "closed" : "open";
}

export function totalsOf(repositories: readonly Repository[]): Omit<Totals, "reviewed" | "issues"> {
  const pulls = repositories.flatMap((repository) => repository.pulls);
  const having = (state: PullState) => pulls.filter((pull) => pull.state === state).length;
  const sum = (field: "additions" | "deletions" | "changedFiles") =>
    pulls.reduce((total, pull) => total + (pull[field] ?? 0), 0);
  return {
    pulls: pulls.length,
    merged: having("merged"),
    open: having("open"),
    closed: having("closed"),
    repositories: repositories.length,
    additions: sum("additions"),
    deletions: sum("deletions"),
    changedFiles: sum("changedFiles"),
    stars: sumOfStars(repositories.map(({ stars }) => stars)),
  };
}

/** Each repository counts once; a lower bound makes the sum one. Null when none is known. */
function sumOfStars(all: readonly (Stars | null)[]): Stars | null {
  const known = all.filter((stars) => stars !== null);
  if (known.length === 0) return null;
  return {
    count: known.reduce((sum, { count }) => sum + count, 0),
    // Of what is unknown, there may be more.
    atLeast: known.length < all.length || known.some(({ atLeast }) => atLeast),
  };
}

/** Sizes that occur, from the smallest. */
export function sizeDistribution(pulls: readonly Pull[]): { name: Size; count: number }[] {
  return SIZES.map((name) => ({
    name,
    count: pulls.filter(({ size }) => size === name).length,
  })).filter(({ count }) => count > 0);
}

/** That of the newest pull request. */
export function roleOf(pulls: readonly Pick<Pull, "createdAt" | "role">[]): string | null {
  const [newest] = pulls.toSorted((a, b) => b.createdAt - a.createdAt);
  return newest?.role ?? null;
}

/** In how many repositories the user has which role, the most frequent first. */
export function rolesOf(
  repositories: readonly Pick<Repository, "role">[],
): { role: string; repositories: number }[] {
  const counts = new Map<string, number>();
  for (const { role } of repositories)
    if (role !== null) counts.set(role, (counts.get(role) ?? 0) + 1);
  return [...counts]
    .map(([role, count]) => ({ role, repositories: count }))
    .toSorted((a, b) => b.repositories - a.repositories || (a.role < b.role ? -1 : 1));
}

/** By pull requests for all time, else by stars gained, of which unknown is least and a lower bound most; then by name. */
export function inOrder(repositories: readonly Repository[], isAllTime: boolean): Repository[] {
  const rank = ({ stars, pulls }: Repository) => {
    if (isAllTime) return pulls.length;
    if (stars === null) return 0;
    return stars.atLeast ? stars.count + 1 : stars.count;
  };
  return repositories.toSorted((a, b) => rank(b) - rank(a) || (a.name < b.name ? -1 : 1));
}
