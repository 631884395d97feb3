import { expect, test } from "vitest";
import type { JobFacts, JobStatus } from "../../src/queues/status.ts";
import { experienceOf, pollAfter } from "../../src/queues/status-expected.ts";
import { statusOf } from "../../src/queues/status-of.ts";

const NOW = 1_000_000_000;
const NONE = { runMs: undefined, totalMs: undefined };

function told(
  facts: Partial<JobFacts>,
  experience = NONE as { runMs?: number | undefined; totalMs?: number | undefined },
) {
  const standard: JobFacts = {
    ...{ id: "x", queue: "report", state: "waiting", createdAt: NOW - 5_000 },
    ...{ attemptsMade: 0, attemptsStarted: 0, mostAttempts: 3, progress: 0 },
  };
  const { runMs, totalMs } = experience;
  return statusOf({ ...standard, ...facts }, { runMs, totalMs }, NOW);
}

const STARTED = { attemptsStarted: 1, processedAt: NOW - 1_000 };

test.each<[string, Partial<JobFacts>, Partial<JobStatus>]>([
  ["waits for a worker", { state: "waiting" }, { state: "waiting" }],
  ["waits with a priority", { state: "prioritized" }, { state: "waiting" }],
  ["is first in its lane", { state: "waiting", position: 0 }, { state: "waiting", position: 0 }],
  [
    "stands behind two others",
    { state: "delayed", position: 2, ...STARTED },
    { state: "queued", position: 2 },
  ],
  [
    "has just been added to an empty lane",
    { state: "delayed", position: 0 },
    { state: "waiting", position: 0 },
  ],
  [
    "is being woken",
    { state: "delayed", position: 0, ...STARTED, progress: { step: "queued", position: 1 } },
    { state: "waiting", position: 0 },
  ],
  [
    "holds its lane while it waits for its source",
    { state: "delayed", position: 0, ...STARTED, delayedUntil: NOW + 9, delayReason: "Spent." },
    { state: "delayed", reason: "Spent.", nextRunAt: NOW + 9, startedAt: NOW - 1_000 },
  ],
  ["waits without a lane", { state: "delayed", ...STARTED }, { state: "delayed" }],
  ["runs for the second time", { state: "active", attemptsMade: 1, ...STARTED }, { attempt: 2 }],
  [
    "has ended",
    {
      state: "completed",
      attemptsMade: 1,
      ...STARTED,
      finishedAt: NOW,
      returnValue: { outcome: "partial", detail: "No stars." },
      resultUrl: "/r",
    },
    { attempt: 1, finishedAt: NOW, outcome: "partial", detail: "No stars.", resultUrl: "/r" },
  ],
  [
    "was cancelled",
    { state: "failed", failedReason: "Cancelled.", finishedAt: NOW },
    { state: "cancelled", reason: "It was cancelled." },
  ],
  [
    "was cancelled in its lane",
    {
      state: "failed",
      failedReason: "Cancelled.",
      ...{ attemptsMade: 1, ...STARTED, finishedAt: NOW },
      progress: { step: "queued", position: 1 },
    },
    { state: "cancelled", attempt: 0 },
  ],
  [
    "was cancelled as soon as it was queued",
    { state: "failed", failedReason: "Cancelled.", attemptsMade: 1, ...STARTED, finishedAt: NOW },
    { state: "cancelled", attempt: 0 },
  ],
  [
    "was cancelled while it ran",
    {
      state: "failed",
      failedReason: "Cancelled.",
      ...{ attemptsMade: 1, ...STARTED, finishedAt: NOW },
      progress: { step: "Looking up the user", progress: 0 },
    },
    { state: "cancelled", attempt: 1, startedAt: NOW - 1_000 },
  ],
  [
    "was lost too often",
    { state: "failed", failedReason: "job stalled more than allowable limit" },
    { state: "failed", reason: "The worker that ran it was lost too often." },
  ],
  [
    "failed for a reason that is meant for people",
    { state: "failed", failedReason: "No user.\nat x (/srv/y.ts:1)", failureName: "NeverRetry" },
    { reason: "No user." },
  ],
  [
    "failed for any other reason",
    { state: "failed", failedReason: "x is not a function", failureName: "TypeError" },
    { reason: "Something went wrong that only the operators can see." },
  ],
])("a job that %s is told so", (_what, facts, expected) => {
  expect(told(facts)).toMatchObject(expected);
});

test.each([
  [
    "that only stood in its lane has not started",
    { state: "delayed", position: 1, ...STARTED },
    "startedAt",
  ],
  [
    "that was cancelled in its lane has not started",
    { state: "failed", failedReason: "Cancelled.", ...STARTED, progress: { step: "queued" } },
    "startedAt",
  ],
  ["that waits again has no result", { state: "waiting", resultUrl: "/r" }, "resultUrl"],
  ["in no lane has no position", { state: "active", ...STARTED }, "position"],
  ["without a past has no expectation", { state: "active", ...STARTED }, "expectedAt"],
])("a job %s", (_what, facts, field) => {
  expect(told(facts)).not.toHaveProperty(field);
});

test.each<[string, unknown, unknown]>([
  ["a percentage", 40, { percent: 40 }],
  ["nothing yet", 0, undefined],
  ["more than all", 250, { percent: 100 }],
  ["a step", { step: "reading stars" }, { step: "reading stars" }],
  ["counts with a share", { progress: 50, scanned: 4 }, { percent: 50, counts: { scanned: 4 } }],
  ["a step with a secret", { step: "GET /a?token=s3cret" }, { step: "GET /a?…" }],
  ["a text", "s3cret", undefined],
  ["null", null, undefined],
])("progress that is %s", (_what, progress, expected) => {
  expect(told({ state: "active", ...STARTED, progress }).progress).toEqual(expected);
});

test.each<[string, Partial<JobFacts>, number | undefined]>([
  ["that runs: its start and one run", { state: "active", processedAt: NOW - 1_000 }, NOW + 9_000],
  [
    "that has run longer than others: nothing",
    { state: "active", processedAt: NOW - 20_000 },
    undefined,
  ],
  ["that waits: as long as others took in all", { state: "waiting" }, NOW + 15_000],
  ["behind two: two runs more", { state: "delayed", position: 2 }, NOW + 35_000],
  [
    "that is delayed: its next start and one run",
    { state: "delayed", ...STARTED, delayedUntil: NOW + 60_000 },
    NOW + 70_000,
  ],
  ["that has ended: nothing", { state: "completed", finishedAt: NOW }, undefined],
])("what is expected of a job %s", (_what, facts, expected) => {
  expect(told(facts, { runMs: 10_000, totalMs: 20_000 }).expectedAt).toBe(expected);
});

test("the middle of what earlier jobs took counts, and not the few that hung", () => {
  const jobs = [1, 2, 3, 2, 500].map((seconds) => ({
    createdAt: 0,
    processedAt: 1_000,
    finishedAt: 1_000 + seconds * 1_000,
  }));
  expect(experienceOf(jobs)).toEqual({ runMs: 2_000, totalMs: 3_000 });
  expect(experienceOf([])).toEqual(NONE);
});

test.each<[string, Partial<JobStatus>, number | undefined]>([
  ["about which nothing is known after a second", {}, 1],
  ["that will take 40 s after 4 s", { expectedAt: NOW + 40_000 }, 4],
  [
    "that rests for an hour after half a minute",
    { state: "delayed", nextRunAt: NOW + 3_600_000 },
    30,
  ],
  ["that is overdue after a second", { nextRunAt: NOW - 5_000 }, 1],
  ["that has ended not at all", { state: "failed" }, undefined],
])("a client asks again for a job %s", (_what, more, expected) => {
  expect(pollAfter({ ...told({}), ...more }, NOW)).toBe(expected);
});
