/** Random worlds for the reaper: what the forge holds, what the pages server has written, and what goes wrong meanwhile. */
import fc from "fast-check";
import { MISBEHAVIOURS } from "../helpers/forge.ts";

export interface ModelRepository {
  readonly name: string;
  readonly exists: boolean;
  /** Runs from the first in which it is private, and so hidden from all but administrators. */
  readonly hiddenRuns: number;
  readonly renamed: boolean;
  readonly instead?: "folder" | "symlink" | "submodule";
  readonly unreadable: boolean;
  /** Absent: there is no file. */
  readonly file?: {
    readonly domain: string;
    readonly branches: readonly string[];
    readonly enabled: boolean;
    readonly style: "block" | "inline" | "quoted" | "comments";
  };
}

export interface ModelMapping {
  readonly domain: string;
  readonly repository: number;
  readonly branch?: string;
  readonly redirects: number;
  readonly visited: boolean;
  readonly routerTtl: boolean;
  /** Without a router, as after its life has ended. */
  readonly routerGone: boolean;
}

/** A registration that happens while a run is under way. */
export interface ModelClaim {
  readonly run: number;
  /** Before the request of that number in the run is answered. */
  readonly request: number;
  readonly domain: string;
  readonly repository: number;
}

export type ModelFailure = keyof typeof MISBEHAVIOURS | "silence";

export interface ModelWorld {
  readonly token: "admin" | "member" | "none";
  readonly repositories: readonly ModelRepository[];
  readonly mappings: readonly ModelMapping[];
  readonly malformed: readonly (readonly [domain: string, value: string])[];
  readonly claims: readonly ModelClaim[];
  /** Hours between runs; one more run than there are pauses. */
  readonly pauses: readonly number[];
  /** For each run, which requests (by number) fail, and how. */
  readonly failures: readonly (readonly (readonly [request: number, how: ModelFailure])[])[];
  /** For each run, how all questions for repositories fail. */
  readonly outages: readonly (ModelFailure | undefined)[];
  /** For each run, the first of two requests in a row that are answered with a 404 of the API, true or not. */
  readonly flaps: readonly (number | undefined)[];
}

export const REPOSITORIES = ["alice/blog", "bob/site", "carol/.profile", "custom_domain/x.example"];
const BRANCHES = ["stage", "feature/new-ui", "branch", "release_v1.0"];
const BASES = ["a.b.example", "a-b.example", "a_b.example", "x.example", "www.x.example"];
/** With branch subdomains of the bases, some of which share the router name of another. */
const DOMAINS = [
  ...BASES,
  ...["stage", "feature-new-ui", "branch", "release-v1-0"].flatMap((label) =>
    BASES.slice(0, 3).map((base) => `${label}.${base}`),
  ),
  "stage-a.b.example",
  "stage.a-b-example",
];

const domain = fc.constantFrom(...DOMAINS);
const branch = fc.constantFrom(...BRANCHES);
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 0);

const seldom = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: some });

const file = fc.record({
  domain: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...BASES) },
    { weight: 1, arbitrary: fc.constant("") },
  ),
  branches: fc.uniqueArray(branch, { maxLength: 3 }),
  enabled: rarely.map((no) => !no),
  style: fc.constantFrom("block", "inline", "quoted", "comments"),
});

const repository = (name: string): fc.Arbitrary<ModelRepository> =>
  fc
    .record(
      {
        name: fc.constant(name),
        exists: fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
        hiddenRuns: fc.oneof(
          { weight: 4, arbitrary: fc.constant(0) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }) },
        ),
        renamed: rarely,
        unreadable: rarely,
        instead: fc.constantFrom("folder", "symlink", "submodule"),
        file,
      },
      { requiredKeys: ["name", "exists", "hiddenRuns", "renamed", "unreadable"] },
    )
    .map(({ instead, ...rest }) =>
      // Something instead of the file is rare, too.
      instead !== undefined && rest.unreadable ? { ...rest, instead } : rest,
    );

const index = fc.integer({ min: 0, max: REPOSITORIES.length - 1 });

const mapping = fc.record(
  {
    domain,
    repository: index,
    branch,
    redirects: fc.integer({ min: 0, max: 2 }),
    visited: fc.boolean(),
    routerTtl: fc.boolean(),
    routerGone: rarely,
  },
  { requiredKeys: ["domain", "repository", "redirects", "visited", "routerTtl", "routerGone"] },
);

const failure = fc.constantFrom<ModelFailure[]>(
  ...(Object.keys(MISBEHAVIOURS) as ModelFailure[]),
  "silence",
);

const failuresOfRun = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 3,
    arbitrary: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 24 }), failure), {
      maxLength: 8,
      selector: ([request]) => request,
    }),
  },
);

export const worlds: fc.Arbitrary<ModelWorld> = fc.record({
  token: fc.constantFrom("admin", "admin", "member", "none"),
  repositories: fc.tuple(...REPOSITORIES.map(repository)),
  mappings: fc.uniqueArray(mapping, { maxLength: 8, selector: (one) => one.domain }),
  malformed: fc.uniqueArray(
    fc.tuple(
      fc.constantFrom("stage.a.b.example", "x:80", "*.example", "a..b", "", "y.example"),
      fc.constantFrom("", "nocolon", "a:b:c:d", "../x:y", "alice:blog:x y"),
    ),
    { maxLength: 2, selector: ([name]) => name },
  ),
  claims: fc.array(
    fc.record({
      run: fc.integer({ min: 0, max: 2 }),
      request: fc.integer({ min: 0, max: 20 }),
      domain,
      repository: index,
    }),
    { maxLength: 2 },
  ),
  pauses: fc.array(fc.constantFrom(1, 13, 25), { maxLength: 3 }),
  failures: fc.array(failuresOfRun, { minLength: 4, maxLength: 4 }),
  outages: fc.array(seldom(failure), { minLength: 4, maxLength: 4 }),
  flaps: fc.array(seldom(fc.integer({ min: 1, max: 20 })), { minLength: 4, maxLength: 4 }),
});

/** The `.pages` file of a repository, in one of the ways in which owners write it. */
export function fileText({
  domain: named,
  branches,
  enabled,
  style,
}: NonNullable<ModelRepository["file"]>): string {
  const quote = style === "quoted" ? '"' : "";
  const comment = style === "comments" ? " # ours" : "";
  const list = branches.map((one) => quote + one + quote);
  return [
    "# Pages",
    ...(named === "" ? [] : [`custom_domain: ${quote}${named}${quote}${comment}`]),
    ...(enabled ? ["enabled: true"] : [`enabled: no${comment}`]),
    ...(style === "inline"
      ? [`enable_branches: [${list.join(", ")}]`]
      : ["enable_branches:", ...list.map((one) => `  - ${one}${comment}`)]),
    "directory_index: yes",
    "",
  ].join("\n");
}
