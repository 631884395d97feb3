import { expect, test } from "vitest";
import { createReport } from "../../src/cli/reap/report.ts";
import type { ReapSummary } from "../../src/mappings/summary.ts";

function open({ isTTY = false, json = false, dryRun = false } = {}) {
  const written = { out: "", err: "" };
  const report = createReport({
    out: { write: (text) => (written.out += text) },
    err: { write: (text) => (written.err += text), isTTY },
    json,
    dryRun,
  });
  return { report, written };
}

const LINE = { domain: "a.example", repository: "u/r", verdict: "alive", action: "kept" } as const;

const SUMMARY: ReapSummary = {
  run: "20261121T030000Z-abcdef",
  mode: "apply",
  outcome: "finished",
  startedAt: 0,
  durationMs: 1_234,
  scanned: 3,
  judged: 3,
  cleaned: 1,
  kept: 2,
  waiting: 1,
  keysRemoved: 9,
  requests: 7,
  verdicts: { alive: 1, "repo-missing": 2 },
  removed: { "repo-missing": 2 },
  errors: {},
};

test("on a terminal a bar shows how far it is, makes room for lines, and is gone at the end", () => {
  const { report, written } = open({ isTTY: true });
  report.progress?.({ scanned: 4, judged: 2, removed: 1 });
  expect(written.err).toBe(
    `\r\u001b[K[${"#".repeat(15)}${"-".repeat(15)}] 2 of 4 judged, 1 removed`,
  );
  report.mapping?.(LINE);
  expect(written).toMatchObject({
    out: "a.example -> u/r: alive: kept\n",
  });
  const wiped = "1 removed\r\u001b[K";
  expect(written.err.endsWith(wiped)).toBe(true);
  report.end();
  expect(written.err.endsWith(wiped)).toBe(true);
});

test("elsewhere there is no bar", () => {
  const { report, written } = open();
  report.progress?.({ scanned: 4, judged: 2, removed: 1 });
  report.end();
  expect(written).toEqual({ out: "", err: "" });
});

test.each([
  [
    { action: "waiting", verdict: "repo-missing", detail: "it could be private" } as const,
    "repo-missing (it could be private): kept for now",
  ],
  [{ action: "removed", verdict: "disabled", keys: ["k"] } as const, "disabled: removed 1 key"],
  [{ action: "changed", verdict: "disabled" } as const, "disabled: kept, it has changed"],
  [{ action: "held-back", verdict: "disabled" } as const, "disabled: kept, the run was stopped"],
])("a line for %j", (line, text) => {
  const { report, written } = open();
  report.mapping?.({ ...LINE, branch: "stage", ...line });
  expect(written.out).toBe(`a.example -> u/r (stage): ${text}\n`);
});

test("the summary tells figures, what waits, and how to undo", () => {
  const { report, written } = open();
  report.summary(SUMMARY);
  expect(written.out.split("\n")).toEqual([
    "",
    "Run:              20261121T030000Z-abcdef",
    "Outcome:          finished",
    "Scanned:          3",
    "Cleaned:          1 (9 keys)",
    "Kept:             2, 1 for now",
    "Errors:           0",
    "Verdicts:         alive 1, repo-missing 2",
    "Requests:         7",
    "Duration:         1.23 seconds",
    "Put back with: warmfront reap undo 20261121T030000Z-abcdef",
    "",
  ]);
});

test("the summary of a dry run tells what would stop it", () => {
  const { report, written } = open();
  const brake = "11 of 11 mappings would go";
  report.summary({
    ...SUMMARY,
    mode: "dry-run",
    brake,
    rule: "avatars",
    proofs: { proven: 1 },
    redisMemory: { before: 2, after: 1 },
  });
  for (const line of [
    "Run:              20261121T030000Z-abcdef of rule avatars",
    "Would clean:      1 (9 keys)",
    "Ownership in DNS: proven 1",
    "Redis memory:     2 bytes, then 1",
    `Brake:            would stop this run: ${brake}`,
    "Dry run: nothing was changed.",
  ]) {
    expect(written.out).toContain(`${line}\n`);
  }
  expect(written.out).not.toContain("undo");
});
