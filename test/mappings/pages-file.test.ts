import fc from "fast-check";
import { expect, test } from "vitest";
import { branchLabel, namesDomain, parsePagesFile } from "../../src/mappings/pages-file.ts";

test.each([
  ["custom_domain: www.example.com", "www.example.com"],
  ["  custom_domain:www.example.com\r\n", "www.example.com"],
  ['custom_domain: "www.example.com"', "www.example.com"],
  ["custom_domain: 'www.example.com'", "www.example.com"],
  ["custom_domain: a.example\ncustom_domain: b.example", "b.example"],
  ["custom_domain: a.example:8080", "a.example:8080"],
  ["# custom_domain: a.example", ""],
  ["custom-domain: a.example", ""],
  ["custom_domain : a.example", ""],
  ["", ""],
])("%j names the domain %j", (text, domain) => {
  expect(parsePagesFile(text).customDomain).toBe(domain);
});

test.each([
  ["", true],
  ["enabled: true", true],
  ["enabled: yes", true],
  ["enabled: True", true],
  ["enabled: maybe", true],
  ["enabled:", true],
  ["enabled: false", false],
  ["enabled: No", false],
  ['enabled: "off"', false],
  ["enabled: false # for now", false],
  ["enabled: false\nenabled: true", true],
])("%j is enabled: %j", (text, enabled) => {
  expect(parsePagesFile(text).enabled).toBe(enabled);
});

test.each([
  ["enable_branches: [stage, qa]", ["stage", "qa"]],
  ["enable_branches: [\"stage\", 'feature/new-ui',]", ["stage", "feature/new-ui"]],
  ["enable_branches: stage", ["stage"]],
  ["enable_branches: []", []],
  ["enable_branches:\n  - stage\n  - 'qa'\n", ["stage", "qa"]],
  ["enable_branches:\n- stage\n\n- qa", ["stage"]],
  ["enable_branches:\n- stage\n# no more\n- qa", ["stage"]],
  ["enable_branches:\n-stage", []],
  ["enable_branches:\n- stage\nenabled: true\n- qa", ["stage"]],
  ["enable_branches: [a]\nenable_branches:\n- b", ["a", "b"]],
  ["enable_branches:\n- b\nenable_branches: [a]", ["a"]],
])("%j lists the branches %j", (text, branches) => {
  expect([...new Set(parsePagesFile(text).branches)]).toEqual(branches);
});

test("what could be a comment behind a value is read both ways, so that nobody loses a domain by one", () => {
  const file = parsePagesFile(
    "custom_domain: a.example # main\nenable_branches:\n  - stage # qa\n",
  );
  expect(file.branches).toContain("stage");
  expect(namesDomain(file, { domain: "a.example", user: "u", repo: "r" })).toBe(true);
  expect(
    namesDomain(file, { domain: "stage.a.example", user: "u", repo: "r", branch: "stage" }),
  ).toBe(true);
});

test.each([
  ["feature/new-ui", "feature-new-ui"],
  ["release_v1.0", "release-v1-0"],
  ["Feature/NEW_UI", "feature-new-ui"],
  ["--a//b--", "a-b"],
  ["ünïcode", "ncode"],
  ["___", ""],
  ["a".repeat(70), "a".repeat(63)],
  [`${"a".repeat(62)}-b`, "a".repeat(62)],
])("the branch %j has the label %j", (branch, label) => {
  expect(branchLabel(branch)).toBe(label);
});

test("a branch's label is one of a domain name, or empty", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (branch) => {
      expect(branchLabel(branch)).toMatch(/^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/);
    }),
  );
});

test.each([
  ["WWW.Example.com", "www.example.COM"],
  ["www.example.com.", "www.example.com"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["BÜCHER.example", "bücher.example"],
])("a file that names %s gives %s", (customDomain, domain) => {
  const file = { customDomain, enabled: true, branches: [] };
  expect(namesDomain(file, { domain, user: "u", repo: "r" })).toBe(true);
});

test("no text makes the reading fail", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(parsePagesFile(text)).toBeDefined();
    }),
  );
});
