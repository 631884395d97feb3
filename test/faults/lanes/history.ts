/** Judges what workers did: pure, over events in the order in which they happened. */

export interface HistoryJob {
  /** What was asked for. */
  readonly job: string;
  readonly lane: string;
  /** The job in the queue that is about it; another one when it is asked for again after it has ended. */
  readonly id?: string;
}

/** `gone`: the worker died or froze; whatever it ran has stopped. A worker that died says nothing more. */
export type HistoryEvent =
  | {
      readonly kind: "start" | "stop";
      readonly worker: string;
      readonly job: string;
      readonly lane: string;
    }
  | {
      readonly kind: "refused";
      readonly worker: string;
      readonly job: string;
      readonly lane: string;
    }
  | { readonly kind: "gone"; readonly worker: string; readonly died: boolean };

type HistoryRun = HistoryJob & { readonly worker: string };

export interface History {
  /** What the queue said it took; the jobs of a lane in the order in which it took them. */
  readonly acknowledged: readonly HistoryJob[];
  readonly events: readonly HistoryEvent[];
  /** Results in the order in which they were written. */
  readonly commits: readonly HistoryJob[];
  /** Whoever asked for these got no answer once and asked again: when the first job has ended by then, a second one is right. */
  readonly askedAgain?: ReadonlySet<string>;
  /** Jobs that ended, and how. */
  readonly ended: ReadonlyMap<string, "completed" | "failed">;
  /** Runs of one lane that may overlap. */
  readonly limit?: number;
}

export interface Judgement {
  /** Taken, but never ended. */
  readonly lost: readonly string[];
  /** Completed without a result. */
  readonly empty: readonly string[];
  /** Results that were written again. */
  readonly doubled: readonly string[];
  /** Jobs that started while another run of their lane was under way. */
  readonly overlaps: readonly string[];
  /** Results that were written after one of a later job of their lane. */
  readonly disorder: readonly string[];
}

export const FLAWLESS: Judgement = { lost: [], empty: [], doubled: [], overlaps: [], disorder: [] };

export function judge(history: History): Judgement {
  const { acknowledged, commits, ended } = history;
  const committed = new Set(commits.map(({ job }) => job));
  return {
    lost: acknowledged.filter(({ job }) => !ended.has(job)).map(({ job }) => job),
    empty: acknowledged
      .filter(({ job }) => ended.get(job) === "completed" && !committed.has(job))
      .map(({ job }) => job),
    doubled: doubledIn(history),
    overlaps: overlapsIn(history.events, history.limit ?? 1),
    disorder: disorderIn(acknowledged, commits),
  };
}

function doubledIn({ commits, askedAgain }: History): string[] {
  const written = new Map<string, Set<string | undefined>>();
  const isDouble = ({ job, id }: HistoryJob) => {
    const before = written.get(job);
    written.set(job, new Set(before).add(id));
    if (before === undefined) return false;
    return before.has(id) || askedAgain?.has(job) !== true;
  };
  return commits.filter(isDouble).map(({ job }) => job);
}

function overlapsIn(events: readonly HistoryEvent[], limit: number): string[] {
  let open: HistoryRun[] = [];
  const overlaps: string[] = [];
  for (const event of heard(events)) {
    if (event.kind === "start") {
      if (open.filter(({ lane }) => lane === event.lane).length >= limit) overlaps.push(event.job);
      open.push(event);
    } else open = open.filter((run) => !isOver(run, event));
  }
  return overlaps;
}

/** Without what reached the history after its worker had died. */
function heard(events: readonly HistoryEvent[]): HistoryEvent[] {
  const dead = new Set<string>();
  return events.filter((event) => {
    if (dead.has(event.worker)) return false;
    if (event.kind === "gone" && event.died) dead.add(event.worker);
    return true;
  });
}

function isOver(run: HistoryRun, event: HistoryEvent): boolean {
  if (event.worker !== run.worker || event.kind === "refused") return false;
  return event.kind === "gone" || event.job === run.job;
}

function disorderIn(acknowledged: readonly HistoryJob[], commits: readonly HistoryJob[]): string[] {
  const place = new Map(acknowledged.map(({ job }, i) => [job, i]));
  const last = new Map<string, number>();
  return commits
    .filter(({ job, lane }) => {
      const at = place.get(job) ?? -1;
      const before = last.get(lane) ?? -1;
      last.set(lane, Math.max(at, before));
      return at < before;
    })
    .map(({ job }) => job);
}
