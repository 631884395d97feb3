/** The answers of the fake GitHub's API. */
import type { Asked, GitHubServer, Reply } from "./github.ts";
import type { FakePull, FakeRepository } from "./github-data.ts";

type World = Pick<GitHubServer, "data" | "url" | "user">;

const NOT_FOUND: Reply = { status: 404, body: { message: "Not Found", documentation_url: "" } };

export function answerOf(world: World, asked: Asked): Reply {
  const { pathname } = asked.url;
  const [, first, second, third, fourth, fifth, sixth] = pathname.split("/");
  if (pathname === "/graphql") return stars(world, JSON.parse(asked.body));
  if (pathname === "/search/issues") return search(world, asked.url);
  if (pathname === "/user") return { status: 200, body: { ...world.user, name: "The Octocat" } };
  if (first === "users" && second !== undefined) return user(world, second, third);
  if (first === "app") return { status: 201, body: installationToken() };
  if (first !== "repos") return NOT_FOUND;
  const name = `${second}/${third}`;
  if (fourth === undefined) return repository(world, name);
  if (fourth === "pulls" && sixth === "files") return files(world, asked.url, name, Number(fifth));
  return NOT_FOUND;
}

function installationToken() {
  const expires = new Date(Date.now() + 3_600_000).toISOString();
  return { token: "ghs_installation", expires_at: expires, permissions: {} };
}

function user({ data }: World, login: string, part: string | undefined): Reply {
  const found = data.users.get(login.toLowerCase());
  if (found === undefined) return NOT_FOUND;
  if (part === "social_accounts")
    return { status: 200, body: data.social.get(login.toLowerCase()) ?? [] };
  return { status: 200, body: found };
}

function repository({ data, url }: World, name: string): Reply {
  const found = data.repositories.get(name);
  if (found === undefined) return NOT_FOUND;
  if (found.movedTo !== undefined)
    return { status: 301, headers: { location: `${url}/repos/${found.movedTo}` }, body: {} };
  const { description, starredAt } = found;
  const about = { full_name: name, html_url: `https://github.com/${name}`, description };
  return { status: 200, body: { ...about, stargazers_count: starredAt.length } };
}

/** The tenth page is the last, whatever there is. */
const MOST_RESULTS = 1_000;
const MOST_FILES = 3_000;

function search({ data, url: base }: World, url: URL): Reply {
  const q = url.searchParams.get("q") ?? "";
  const login = /(?:author|reviewed-by):(\S+)/.exec(q)?.[1]?.toLowerCase() ?? "";
  if (!data.users.has(login)) return { status: 422, body: { message: "Validation Failed" } };
  if (q.includes("is:issue")) return { status: 200, body: counted(data.counts.issues) };
  if (q.includes("reviewed-by")) return { status: 200, body: counted(data.counts.reviewed) };
  const [since = 0, until = 0] = (/created:(\S+)/.exec(q)?.[1] ?? "").split("..").map(Date.parse);
  const found = data.pulls
    .filter((pull) => pull.foundBy.toLowerCase() === login)
    .filter((pull) => !(q.includes("is:public") && pull.isPrivate === true))
    .filter(({ createdAt }) => createdAt >= since && createdAt <= until)
    .toSorted((a, b) => b.createdAt - a.createdAt);
  const shown = found.slice(0, MOST_RESULTS);
  const [results, headers] = pageOf(shown, url, base);
  const items = results.map((pull) => searchItem(pull, base));
  return { status: 200, headers, body: { ...counted(found.length), items } };
}

function counted(total_count: number) {
  return { total_count, incomplete_results: false, items: [] as unknown[] };
}

function searchItem(pull: FakePull, base: string) {
  const iso = (at: number | null) =>
    at === null ? null : `${new Date(at).toISOString().slice(0, 19)}Z`;
  return {
    id: pull.number,
    node_id: `PR_${pull.repository}_${pull.number}`,
    number: pull.number,
    title: pull.title,
    html_url: `https://github.com/${pull.repository}/pull/${pull.number}`,
    repository_url: `${base}/repos/${pull.repository}`,
    user: pull.author === null ? null : { login: pull.author, type: "User" },
    state: pull.state,
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.updatedAt),
    closed_at: iso(pull.closedAt),
    author_association: pull.association,
    body: null,
    pull_request: { merged_at: iso(pull.mergedAt) },
  };
}

function files({ data, url: base }: World, url: URL, name: string, number: number): Reply {
  const pull = data.pulls.find((each) => each.repository === name && each.number === number);
  if (pull === undefined) return NOT_FOUND;
  const [shown, headers] = pageOf(pull.files.slice(0, MOST_FILES), url, base);
  const body = shown.map((file) => ({ sha: "0", status: "modified", ...file, patch: "@@" }));
  return { status: 200, headers, body };
}

function pageOf<T>(all: readonly T[], url: URL, base: string): [T[], Record<string, string>] {
  const size = Number(url.searchParams.get("per_page") ?? 30);
  const page = Number(url.searchParams.get("page") ?? 1);
  const shown = all.slice((page - 1) * size, page * size);
  if (page * size >= all.length) return [shown, {}];
  const next = new URL(url.pathname + url.search, base);
  next.searchParams.set("page", String(page + 1));
  return [shown, { link: `<${next.href}>; rel="next"` }];
}

interface Query {
  readonly variables: { owner: string; name: string; after: string | null };
}

function stars({ data }: World, { variables }: Query): Reply {
  const found = current(data.repositories, `${variables.owner}/${variables.name}`);
  if (found === undefined) {
    const message = "Could not resolve to a Repository";
    const errors = [{ type: "NOT_FOUND", path: ["repository"], message }];
    return { status: 200, body: { data: { repository: null }, errors } };
  }
  const start = Number(variables.after ?? 0);
  const times = found.starredAt.toSorted((a, b) => b - a);
  const edges = times
    .slice(start, start + 100)
    .map((at) => ({ starredAt: new Date(at).toISOString() }));
  const end = start + edges.length;
  const pageInfo = { endCursor: String(end), hasNextPage: end < times.length };
  return { status: 200, body: { data: { repository: { stargazers: { edges, pageInfo } } } } };
}

function current(
  all: ReadonlyMap<string, FakeRepository>,
  name: string,
): FakeRepository | undefined {
  const found = all.get(name);
  return found?.movedTo === undefined ? found : all.get(found.movedTo);
}
