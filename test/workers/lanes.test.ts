import { expect, test } from "vitest";
import { NeverRetry, RetryAt } from "../../src/queues/retry.ts";
import { createFencedScript } from "../../src/redis/fence.ts";
import { queuePrefix } from "../../src/redis/keys.ts";
import { gate } from "../helpers/jobs.ts";
import { type ReportRun, reportsAbout, startReports } from "../helpers/reports.ts";

const COMPLETE = { outcome: "complete" } as const;

/** Keeps book of what runs beside what. */
function observed(work: ReportRun = async () => COMPLETE) {
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const order: string[] = [];
  const run: ReportRun = async (payload, context) => {
    const { login, since } = payload;
    running.set(login, (running.get(login) ?? 0) + 1);
    most.set(login, Math.max(most.get(login) ?? 0, running.get(login) as number));
    order.push(`${login} ${since}`);
    try {
      return await work(payload, context);
    } finally {
      running.set(login, (running.get(login) as number) - 1);
    }
  };
  return { run, most, order };
}

test("reports about one user run one at a time and in order, whichever worker takes them", async () => {
  await using reports = await startReports();
  const asked = reportsAbout("anna", 12);
  const ids: string[] = [];
  for (const payload of asked) ids.push((await reports.enqueue(payload)).id);
  const { run, most, order } = observed(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return COMPLETE;
  });
  for (let workers = 0; workers < 3; workers++) reports.worker(run);
  await expect.poll(() => reports.state(ids.at(-1) as string)).toBe("completed");
  expect(order).toEqual(asked.map(({ since }) => `anna ${since}`));
  expect(most.get("anna")).toBe(1);
  await expect.poll(() => reports.leftovers()).toEqual([]);
});

test("a report that is tried again keeps its place, and those behind it wait", async () => {
  await using reports = await startReports();
  const asked = reportsAbout("anna", 3);
  const ids: string[] = [];
  for (const payload of asked) ids.push((await reports.enqueue(payload)).id);
  let failures = 0;
  const { run, order } = observed(async ({ since }) => {
    if (since === asked[0]?.since && failures++ === 0) throw new RetryAt(Date.now());
    return COMPLETE;
  });
  reports.worker(run);
  await expect.poll(() => reports.state(ids[2] as string)).toBe("completed");
  const [first, second, third] = asked.map(({ since }) => `anna ${since}`);
  expect(order).toEqual([first, first, second, third]);
});

test("a report that fails for good lets the next one run", async () => {
  await using reports = await startReports();
  const ids: string[] = [];
  for (const payload of reportsAbout("anna", 2)) ids.push((await reports.enqueue(payload)).id);
  let runs = 0;
  reports.worker(async () => {
    runs += 1;
    if (runs === 1) throw new NeverRetry("No such user.");
    return COMPLETE;
  });
  await expect.poll(() => reports.state(ids[1] as string)).toBe("completed");
  expect(await reports.state(ids[0] as string)).toBe("failed");
});

test("users do not wait for each other", async () => {
  await using reports = await startReports();
  const held = gate();
  reports.worker(async ({ login }) => {
    if (login === "anna") await held.opened;
    return COMPLETE;
  });
  for (const payload of reportsAbout("anna", 5)) await reports.enqueue(payload);
  const { id } = await reports.enqueue(...(reportsAbout("bert") as [never]));
  await expect.poll(() => reports.state(id)).toBe("completed");
  held.open();
});

test("with two at a time for each user the third one waits", async () => {
  await using reports = await startReports({ limits: { concurrency: 2, waiting: 5 } });
  const held = gate();
  const { run, most, order } = observed(async () => {
    await held.opened;
    return COMPLETE;
  });
  reports.worker(run);
  const positions = [];
  const ids: string[] = [];
  for (const payload of reportsAbout("anna", 4)) {
    const { id, position } = await reports.enqueue(payload);
    positions.push(position);
    ids.push(id);
  }
  expect(positions).toEqual([0, 0, 1, 2]);
  await expect.poll(() => order.length).toBe(2);
  held.open();
  await expect.poll(() => reports.state(ids[3] as string)).toBe("completed");
  expect(most.get("anna")).toBe(2);
});

test("a job that was added but got no ticket runs when it wakes, and at once when somebody asks again", async () => {
  await using reports = await startReports();
  const [first, second] = reportsAbout("anna", 2);
  const { id } = await reports.enqueue(first as never);
  // What is left when the process dies between adding the job and drawing its ticket.
  await reports.client.del(reports.keys.lane("anna"), reports.keys.lanes, reports.keys.parked);
  const orphan = await reports.inspected.add("report", second, {
    delay: 600_000,
    deduplication: { id: "another" },
  });
  const { run, order } = observed();
  reports.worker(run);
  await expect.poll(() => reports.state(id)).toBe("completed");
  await reports.inspected.promoteJobs();
  await expect.poll(() => reports.state(orphan.id as string)).toBe("completed");
  expect(order).toHaveLength(2);
});

test("asking again for a job that got no ticket gives it one", async () => {
  await using reports = await startReports();
  const [first, second] = reportsAbout("anna", 2);
  const { id: head } = await reports.enqueue(first as never);
  const { id } = await reports.enqueue(second as never);
  await reports.client.zrem(reports.keys.lane("anna"), id);
  await reports.client.srem(reports.keys.parked, id);
  expect(await reports.enqueue(second as never)).toEqual({ id, joined: true, position: 1 });
  reports.worker(async () => COMPLETE);
  await expect.poll(() => reports.state(head)).toBe("completed");
  await expect.poll(() => reports.state(id)).toBe("completed");
});

test("what waits shows its new place when those before it are gone", async () => {
  await using reports = await startReports();
  const ids: string[] = [];
  for (const payload of reportsAbout("anna", 4)) ids.push((await reports.enqueue(payload)).id);
  const held = gate();
  reports.worker(
    async () => {
      await held.opened;
      return COMPLETE;
    },
    { timing: { sweepMs: 50 } },
  );
  await reports.inspected.remove(ids[1] as string);
  const progress = async (id: string | undefined) => (await reports.job(id as string))?.progress;
  await expect.poll(() => progress(ids[2])).toEqual({ step: "queued", position: 1 });
  await expect.poll(() => progress(ids[3])).toEqual({ step: "queued", position: 2 });
  held.open();
  await expect.poll(() => reports.state(ids[3] as string)).toBe("completed");
});

test("a job without a user fails at once", async () => {
  await using reports = await startReports();
  reports.worker(async () => COMPLETE);
  const job = await reports.inspected.add("report", { title: "by hand" }, { attempts: 5 });
  await expect.poll(() => reports.state(job.id as string)).toBe("failed");
  expect((await reports.job(job.id as string))?.failedReason).toContain("login");
  expect((await reports.job(job.id as string))?.attemptsMade).toBe(1);
});

test("a report that takes too long is aborted, fails without another try, and lets the next one run", async () => {
  await using reports = await startReports();
  const ids: string[] = [];
  for (const payload of reportsAbout("anna", 2)) ids.push((await reports.enqueue(payload)).id);
  let runs = 0;
  reports.worker(
    async (_payload, { signal }) => {
      runs += 1;
      if (runs > 1) return COMPLETE;
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
      return COMPLETE;
    },
    { timeoutMs: 1_500 },
  );
  await expect.poll(() => reports.state(ids[1] as string)).toBe("completed");
  expect((await reports.job(ids[0] as string))?.failedReason).toBe(
    "The report took longer than 2 s.",
  );
});

test("a worker that closes hands its report over, and the lane goes on in order", async () => {
  await using reports = await startReports();
  const asked = reportsAbout("anna", 3);
  const ids: string[] = [];
  for (const payload of asked) ids.push((await reports.enqueue(payload)).id);
  const started = gate();
  const first = reports.worker(async (_payload, { signal }) => {
    started.open();
    await new Promise((_resolve, reject) => signal.addEventListener("abort", reject));
    return COMPLETE;
  });
  await started.opened;
  const { run, order } = observed();
  reports.worker(run);
  await first.close();
  await expect.poll(() => reports.state(ids[2] as string)).toBe("completed");
  expect(order).toEqual(asked.map(({ since }) => `anna ${since}`));
  expect((await reports.job(ids[0] as string))?.attemptsMade).toBe(1);
});

test("a report that Redis lost after it was written is made again before the job counts as completed", async () => {
  await using reports = await startReports();
  const write = createFencedScript<number>("return redis.call('INCR', KEYS[1])");
  const result = `${queuePrefix("report")}:test`;
  let runs = 0;
  reports.worker(async (_payload, { fence }) => {
    runs += 1;
    await write(reports.client, fence, [result], []);
    // As after a crash of Redis that took the last writes along.
    if (runs === 1) await reports.client.del(result, fence.doneKey);
    return COMPLETE;
  });
  const { id } = await reports.enqueue(reportsAbout("anna")[0] as never);
  await expect.poll(() => reports.state(id)).toBe("completed");
  expect(await reports.client.get(result)).toBe("1");
  expect(runs).toBe(2);
});

test("a job that waits for its turn looks by itself now and then, should nobody wake it", async () => {
  await using reports = await startReports();
  const held = gate();
  reports.worker(
    async () => {
      await held.opened;
      return COMPLETE;
    },
    { timing: { parkMs: 50, sweepMs: 3_600_000 } },
  );
  const ids: string[] = [];
  for (const payload of reportsAbout("anna", 2)) ids.push((await reports.enqueue(payload)).id);
  await reports.inspected.promoteJobs();
  const looks = async () => (await reports.job(ids[1] as string))?.attemptsStarted;
  await expect.poll(looks).toBeGreaterThan(3);
  expect((await reports.job(ids[1] as string))?.attemptsMade).toBe(0);
  held.open();
  await expect.poll(() => reports.state(ids[1] as string)).toBe("completed");
});
