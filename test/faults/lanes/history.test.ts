import { expect, test } from "vitest";
import { FLAWLESS, type History, type HistoryEvent, judge } from "./history.ts";

const A1 = { job: "a1", lane: "a" };
const A2 = { job: "a2", lane: "a" };
const B1 = { job: "b1", lane: "b" };

function start(what: typeof A1, worker = "w1"): HistoryEvent {
  return { kind: "start", worker, ...what };
}

function stop(what: typeof A1, worker = "w1"): HistoryEvent {
  return { kind: "stop", worker, ...what };
}

const DEAD = { kind: "gone", worker: "w1", died: true } as const;
const FROZEN = { kind: "gone", worker: "w1", died: false } as const;

const GOOD: History = {
  acknowledged: [A1, B1, A2],
  events: [start(A1), start(B1, "w2"), stop(A1), start(A2), stop(B1, "w2"), stop(A2)],
  commits: [A1, A2, B1],
  ended: new Map([
    ["a1", "completed"],
    ["a2", "completed"],
    ["b1", "completed"],
  ]),
};

test("a history in which every job ended once, in order and alone in its lane has no flaw", () => {
  expect(judge(GOOD)).toEqual(FLAWLESS);
});

test("a job that never ended is lost", () => {
  const ended = new Map([...GOOD.ended].filter(([job]) => job !== "a2"));
  expect(judge({ ...GOOD, ended, commits: [A1, B1] })).toEqual({ ...FLAWLESS, lost: ["a2"] });
});

test("a job that completed without a result is empty, and one that failed without a result is not", () => {
  expect(judge({ ...GOOD, commits: [A1, A2] })).toEqual({ ...FLAWLESS, empty: ["b1"] });
  const ended = new Map([...GOOD.ended, ["b1", "failed"] as const]);
  expect(judge({ ...GOOD, ended, commits: [A1, A2] })).toEqual(FLAWLESS);
});

test("a result that is written twice is doubled", () => {
  expect(judge({ ...GOOD, commits: [A1, A2, B1, B1] }).doubled).toEqual(["b1"]);
});

test("a second job for what was asked for again is right, a second result of one job is not", () => {
  const commits = [A1, A2, { ...B1, id: "1" }, { ...B1, id: "2" }];
  expect(judge({ ...GOOD, commits }).doubled).toEqual(["b1"]);
  const askedAgain = new Set(["b1"]);
  expect(judge({ ...GOOD, commits, askedAgain }).doubled).toEqual([]);
  const twice = [...commits, { ...B1, id: "1" }];
  expect(judge({ ...GOOD, commits: twice, askedAgain }).doubled).toEqual(["b1"]);
});

test("results out of the order of their lane are disorder, those of other lanes are not", () => {
  expect(judge({ ...GOOD, commits: [A2, A1, B1] }).disorder).toEqual(["a1"]);
  expect(judge({ ...GOOD, commits: [B1, A1, A2] }).disorder).toEqual([]);
});

test("two runs of one lane at a time overlap, whoever runs them, also two of the same job", () => {
  const overlaps = (...events: HistoryEvent[]) => judge({ ...GOOD, events }).overlaps;
  expect(overlaps(start(A1), start(A2, "w2"))).toEqual(["a2"]);
  expect(overlaps(start(A1), start(A1, "w2"))).toEqual(["a1"]);
  expect(overlaps(start(A1), start(B1))).toEqual([]);
  expect(judge({ ...GOOD, limit: 2, events: [start(A1), start(A2)] }).overlaps).toEqual([]);
});

test("the runs of a worker that died or froze are over, and the dead say no more", () => {
  const overlaps = (...events: HistoryEvent[]) => judge({ ...GOOD, events }).overlaps;
  expect(overlaps(start(A1), DEAD, start(A1, "w2"))).toEqual([]);
  expect(overlaps(start(A1), FROZEN, start(A1, "w2"), stop(A1))).toEqual([]);
  expect(overlaps(DEAD, start(A1), start(A1, "w2"))).toEqual([]);
  expect(overlaps(FROZEN, start(A1), start(A1, "w2"))).toEqual(["a1"]);
});
