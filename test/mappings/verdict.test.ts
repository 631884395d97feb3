import { expect, test } from "vitest";
import { type ForgeAnswer, readContents, readRepository } from "../../src/mappings/answer.ts";
import { fateOf, judge, type Look, VERDICTS } from "../../src/mappings/verdict.ts";
import { answerOf, type FakeAnswer, MISBEHAVIOURS } from "../helpers/forge.ts";

const MAIN = { domain: "www.example.com", user: "alice", repo: "blog" };
const BRANCH = { ...MAIN, domain: "feature-new-ui.www.example.com", branch: "feature/new-ui" };

function received({ status, body, headers }: FakeAnswer): ForgeAnswer {
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  const json = isJson && body !== "{" ? JSON.parse(body) : undefined;
  return { status, json, redirected: false };
}

/** The contents answer of a well forge about a repository. */
function contentsOf(repository: Parameters<Map<string, object>["set"]>[1]): ForgeAnswer {
  const world = { repositories: new Map([["alice/blog", repository]]), tokens: new Map() };
  return received(answerOf(world, "/api/v1/repos/alice/blog/contents/.pages", undefined));
}

const FILE = (file: string) => contentsOf({ file });
const LIVE = "custom_domain: www.example.com\nenable_branches: [feature/new-ui]\n";

test.each([
  ["the file names the domain", FILE(LIVE), MAIN, "alive"],
  ["the file lists the branch", FILE(LIVE), BRANCH, "alive"],
  ["the file names another domain", FILE("custom_domain: x.example"), MAIN, "domain-changed"],
  ["the file names no domain", FILE(""), MAIN, "domain-changed"],
  [
    "the file lists the branch no longer",
    FILE("custom_domain: www.example.com"),
    BRANCH,
    "branch-removed",
  ],
  [
    "the main domain of a branch has changed",
    FILE("custom_domain: x.example\nenable_branches: [feature/new-ui]"),
    BRANCH,
    "domain-changed",
  ],
  ["the site is disabled", FILE(`${LIVE}enabled: false`), MAIN, "disabled"],
  [
    "the site is disabled, and with it its branches",
    FILE(`${LIVE}enabled: no`),
    BRANCH,
    "disabled",
  ],
  ["the path is a folder", contentsOf({ instead: "folder" }), MAIN, "malformed"],
  ["the path is a symbolic link", contentsOf({ instead: "symlink" }), MAIN, "malformed"],
  ["the path is a submodule", contentsOf({ instead: "submodule" }), MAIN, "malformed"],
  ["the code may not be read", contentsOf({ unreadable: true }), MAIN, "forbidden"],
])("when %s, the verdict follows", (_, answer, mapping, verdict) => {
  const look = readContents(answer);
  expect(judge(mapping, look as Look).kind).toBe(verdict);
});

test.each(Object.entries(MISBEHAVIOURS))("an answer that is %s removes nothing", (name, answer) => {
  for (const look of [
    readContents(received(answer())),
    readRepository(received(answer()), "alice/blog"),
  ]) {
    const { kind } = judge(MAIN, look as Look);
    expect(fateOf({ kind })).toBe("unsure");
    expect(kind).toBe(name.startsWith("forbidden") ? "forbidden" : "unknown");
  }
});

const file = (changes: object): ForgeAnswer => {
  const [whole] = [FILE(LIVE)] as { json: object }[];
  return { status: 200, json: { ...whole?.json, ...changes }, redirected: false };
};

test.each([
  ["no content", { content: null }],
  ["another encoding", { encoding: "utf-8" }],
  ["content cut short", { content: Buffer.from("custom_domain: x").toString("base64") }],
  ["content that is not base64", { content: "custom_domain" }],
  ["the path of another file", { path: "README.md" }],
  ["no type", { type: undefined }],
])("a file with %s leaves a doubt", (_, changes) => {
  expect(judge(MAIN, readContents(file(changes)) as Look).kind).toBe("unknown");
});

test("a file that is not text is malformed", () => {
  const content = Buffer.from([0xff, 0xfe, 0x00]);
  const answer = file({ content: content.toString("base64"), size: 3 });
  expect(judge(MAIN, readContents(answer) as Look).kind).toBe("malformed");
});

const NOT_FOUND: ForgeAnswer = {
  status: 404,
  json: {
    message: "The target couldn't be found.",
    url: "https://git.example/api/swagger",
    errors: null,
  },
  redirected: false,
};

test("the API's own 404 for the file leads to the question for the repository", () => {
  expect(readContents(NOT_FOUND)).toBe("ask-for-the-repository");
});

test.each<[string, ForgeAnswer, string]>([
  [
    "is there",
    { status: 200, json: { full_name: "Alice/Blog" }, redirected: false },
    "file-missing",
  ],
  ["is not to be seen", NOT_FOUND, "repo-missing"],
  [
    "answers under another name",
    { status: 200, json: { full_name: "alice/new" }, redirected: false },
    "renamed",
  ],
  [
    "answers from another place",
    { status: 200, json: { full_name: "alice/blog" }, redirected: true },
    "renamed",
  ],
  [
    "is described by something else",
    { status: 200, json: { version: "1" }, redirected: false },
    "unknown",
  ],
  ["gives no answer", { failed: "no answer in time" }, "unknown"],
  ["answers with an odd status", { status: 204, json: {}, redirected: false }, "unknown"],
])("when the file is missing and the repository %s, the verdict follows", (_, answer, verdict) => {
  expect(judge(MAIN, readRepository(answer, "alice/blog")).kind).toBe(verdict);
});

test("only explicit verdicts are deadly", () => {
  expect(VERDICTS.filter((kind) => fateOf({ kind }) === "dead")).toEqual([
    "domain-changed",
    "branch-removed",
    "disabled",
    "file-missing",
    "repo-missing",
    "owner-missing",
    "orphan",
  ]);
});
