/** What the fake GitHub knows. */

export interface FakeFile {
  readonly filename: string;
  readonly additions: number;
  readonly deletions: number;
}

export interface FakePull {
  /** `owner/name` */
  readonly repository: string;
  readonly number: number;
  readonly title: string;
  /** Null: the account is gone. Found by `foundBy` all the same. */
  readonly author: string | null;
  readonly foundBy: string;
  readonly state: "open" | "closed";
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
  readonly mergedAt: number | null;
  readonly association: string;
  readonly files: readonly FakeFile[];
  readonly isPrivate?: boolean;
}

export interface FakeRepository {
  readonly description: string | null;
  /** When stars were given. */
  readonly starredAt: readonly number[];
  /** Its name of today, when it has moved. */
  readonly movedTo?: string;
}

export interface GitHubData {
  /** By login in lower case. */
  readonly users: Map<string, Record<string, unknown>>;
  readonly social: Map<string, { provider: string; url: string }[]>;
  readonly repositories: Map<string, FakeRepository>;
  readonly pulls: FakePull[];
  /** What searches that count find. */
  readonly counts: { issues: number; reviewed: number };
}

const DAY_MS = 86_400_000;

export function createData(): GitHubData {
  const data: GitHubData = {
    users: new Map(),
    social: new Map(),
    repositories: new Map(),
    pulls: [],
    counts: { issues: 4, reviewed: 7 },
  };
  addUser(data, "octocat");
  return data;
}

function addUser(data: GitHubData, login: string, facts: Record<string, unknown> = {}): void {
  data.users.set(login.toLowerCase(), {
    login,
    id: data.users.size + 1,
    type: "User",
    name: `The ${login}`,
    avatar_url: "https://avatars.githubusercontent.com/u/583231?v=4",
    html_url: `https://github.com/${login}`,
    bio: null,
    company: "@github",
    location: "San Francisco",
    blog: "https://example.org",
    twitter_username: null,
    ...facts,
  });
}

/** Pull requests, one a day backwards from yesterday, spread over `repositories` repositories. */
export function addPulls(
  data: GitHubData,
  {
    login = "octocat",
    count,
    repositories = 5,
    before = Date.now() - DAY_MS,
    stepMs = DAY_MS,
  }: {
    readonly login?: string;
    readonly count: number;
    readonly repositories?: number;
    readonly before?: number;
    readonly stepMs?: number;
  },
): void {
  const first = data.pulls.length;
  for (let i = 0; i < count; i++) {
    const createdAt = Math.floor((before - i * stepMs) / 1_000) * 1_000;
    const repository = `owner${i % repositories}/project${i % repositories}`;
    const isMerged = i % 4 !== 0;
    addPull(data, {
      repository,
      number: first + i + 1,
      title: `Change number ${i}`,
      author: login,
      foundBy: login,
      createdAt,
      ...(isMerged && { state: "closed" as const, mergedAt: createdAt, closedAt: createdAt }),
      files: [
        { filename: `src/part${i}.ts`, additions: i, deletions: 1 },
        { filename: "README.md", additions: 1, deletions: 0 },
      ],
    });
  }
}

/** One pull request, open and without files unless told otherwise. */
export function addPull(
  data: GitHubData,
  facts: Partial<FakePull> & Pick<FakePull, "repository" | "number" | "createdAt">,
): void {
  const author = facts.author === undefined ? "octocat" : facts.author;
  data.pulls.push({
    title: "A change",
    author,
    foundBy: author ?? "octocat",
    state: "open",
    updatedAt: facts.createdAt,
    closedAt: null,
    mergedAt: null,
    association: "CONTRIBUTOR",
    files: [],
    ...facts,
  });
  if (!data.repositories.has(facts.repository))
    data.repositories.set(facts.repository, {
      description: `About ${facts.repository}`,
      starredAt: [facts.createdAt, facts.createdAt - 400 * DAY_MS],
    });
}
