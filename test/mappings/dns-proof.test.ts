import { expect, test } from "vitest";
import { createProof, proofRecord } from "../../src/mappings/dns-proof.ts";
import { registered } from "./plugin.ts";
import { startReaper } from "./start-reaper.ts";

const MAPPING = { domain: "WWW.Example.com", user: "testuser", repo: "testrepo" };
const RECORD =
  "bovine-pages-verification=f208d828f20d47c865802bb5c64c4b7832cd0f7fa974bc085f2d3e0a0a4b7c79";

test("the record of a repository is the pages server's", () => {
  expect(proofRecord("testuser/testrepo")).toBe(RECORD);
});

const failing = (code: string) => Object.assign(new Error(code), { code });

test.each<[string, string[][] | Error, string]>([
  ["the record", [["v=spf1 -all"], [RECORD]], "proven"],
  ["the record in pieces", [[RECORD.slice(0, 30), RECORD.slice(30)]], "proven"],
  ["the record with spaces", [[RECORD.replace("=", " = ")]], "proven"],
  ["another's record", [[`${RECORD.slice(0, -1)}0`]], "other"],
  ["other records", [["v=spf1 -all"]], "missing"],
  ["no records", failing("ENODATA"), "missing"],
  ["no such name", failing("ENOTFOUND"), "missing"],
  ["no answer", failing("ETIMEOUT"), "unknown"],
])("with %s the proof is %s", async (_, records, proof) => {
  const asked: string[] = [];
  const prove = createProof(async (name) => {
    asked.push(name);
    if (records instanceof Error) throw records;
    return records;
  });
  expect(await prove(MAPPING)).toBe(proof);
  expect(asked).toEqual(["www.example.com"]);
});

test("proofs are reported for live main domains, and remove nothing", async () => {
  await using t = await startReaper();
  const blog = { user: "alice", repo: "blog" };
  t.forge.repositories.set("alice/blog", {
    file: "custom_domain: a.example\nenable_branches: [stage]",
  });
  await t.pages.write(
    registered({ domain: "a.example", ...blog }),
    registered({ domain: "stage.a.example", ...blog, branch: "stage" }),
    registered({ domain: "gone.example", user: "bob", repo: "gone" }),
  );
  const prove = createProof(async () => []);
  const summary = await t.run({ tools: { prove } });
  expect(summary).toMatchObject({ cleaned: 1, proofs: { missing: 1 }, verdicts: { alive: 2 } });
  expect(summary.lines).toContainEqual(
    expect.objectContaining({
      domain: "a.example",
      action: "kept",
      detail: "ownership in DNS: missing",
    }),
  );
});
