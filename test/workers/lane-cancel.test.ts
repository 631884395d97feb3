import { expect, test, vi } from "vitest";
import { gate, untilAborted } from "../helpers/jobs.ts";
import { type ReportPayload, reportsAbout, startReports } from "../helpers/reports.ts";

const COMPLETE = { outcome: "complete" } as const;

type Reports = Awaited<ReturnType<typeof startReports>>;

async function enqueueAll(reports: Reports, payloads: readonly ReportPayload[]): Promise<string[]> {
  const ids = [];
  for (const payload of payloads) ids.push((await reports.enqueue(payload)).id);
  return ids;
}

async function expectCancelled(reports: Reports, id: string | undefined): Promise<void> {
  await expect.poll(() => reports.state(id as string)).toBe("failed");
  const job = await reports.job(id as string);
  expect(job?.failedReason).toBe("Cancelled.");
  expect(job?.stacktrace).toContain("Cancelled.");
}

test("a report that waits for a worker fails as cancelled without running, and the next one runs", async () => {
  await using reports = await startReports();
  const ids = await enqueueAll(reports, reportsAbout("anna", 2));
  expect(await reports.queue.cancel(ids[0] as string)).toBe("cancelling");
  const ran: string[] = [];
  reports.worker(async ({ since }) => {
    ran.push(since);
    return COMPLETE;
  });
  await expectCancelled(reports, ids[0]);
  await expect.poll(() => reports.state(ids[1] as string)).toBe("completed");
  expect(ran).toEqual([reportsAbout("anna", 2)[1]?.since]);
  await expect.poll(() => reports.leftovers()).toEqual([]);
});

test("a report that waits for its turn is cancelled at once, while the one before it runs on", async () => {
  await using reports = await startReports();
  const held = gate();
  reports.worker(async () => {
    await held.opened;
    return COMPLETE;
  });
  const ids = await enqueueAll(reports, reportsAbout("anna", 3));
  await expect.poll(() => reports.state(ids[0] as string)).toBe("active");
  await reports.queue.cancel(ids[1] as string);
  await expectCancelled(reports, ids[1]);
  expect(await reports.state(ids[0] as string)).toBe("active");
  expect(await reports.queue.position(ids[2] as string)).toBe(1);
  held.open();
  await expect.poll(() => reports.state(ids[2] as string)).toBe("completed");
});

test("a report that waits for its next try is cancelled, and the lane goes on", async () => {
  await using reports = await startReports();
  let runs = 0;
  reports.worker(async () => {
    runs += 1;
    if (runs === 1) throw new Error("The source is down.");
    return COMPLETE;
  });
  const ids = await enqueueAll(reports, reportsAbout("anna", 2));
  await expect.poll(async () => (await reports.job(ids[0] as string))?.attemptsMade).toBe(1);
  expect(await reports.state(ids[0] as string)).toBe("delayed");
  await reports.queue.cancel(ids[0] as string);
  await expectCancelled(reports, ids[0]);
  await expect.poll(() => reports.state(ids[1] as string)).toBe("completed");
  expect(runs).toBe(2);
});

test("a report that runs is aborted in whichever worker it runs, and not tried again", async () => {
  await using reports = await startReports();
  const reasons: unknown[] = [];
  for (let workers = 0; workers < 3; workers++)
    reports.worker(async ({ login }, { signal }) => {
      if (login !== "anna") return COMPLETE;
      await untilAborted(signal).catch(() => reasons.push(signal.reason));
      throw new Error("The work was aborted.");
    });
  const [id] = await enqueueAll(reports, reportsAbout("anna", 1));
  await expect.poll(() => reports.state(id as string)).toBe("active");
  await reports.queue.cancel(id as string);
  await expectCancelled(reports, id);
  expect(reasons).toEqual(["Cancelled."]);
  expect((await reports.job(id as string))?.attemptsMade).toBe(1);
  await expect.poll(() => reports.leftovers()).toEqual([]);
});

test("a cancel whose message was lost is found by the next look", async () => {
  await using reports = await startReports();
  reports.worker(
    async (_payload, { signal }) => {
      await untilAborted(signal);
      return COMPLETE;
    },
    { timing: { sweepMs: 50 } },
  );
  const [id] = await enqueueAll(reports, reportsAbout("anna", 1));
  await expect.poll(() => reports.state(id as string)).toBe("active");
  await reports.client.set(reports.keys.cancel(id as string), "1");
  await expectCancelled(reports, id);
});

test("cancelling what has ended or was never there changes nothing", async () => {
  await using reports = await startReports();
  reports.worker(async () => COMPLETE);
  const [id] = await enqueueAll(reports, reportsAbout("anna", 1));
  await expect.poll(() => reports.state(id as string)).toBe("completed");
  expect(await reports.queue.cancel(id as string)).toBe("ended");
  expect(await reports.queue.cancel("d2719c5e-0000-4000-8000-000000000000")).toBe("unknown");
  await vi.waitFor(async () => expect(await reports.leftovers()).toEqual([]));
});

test("a cancelled report runs when an operator retries it, and when somebody asks for it again", async () => {
  await using reports = await startReports();
  const [payload] = reportsAbout("anna", 1) as [ReportPayload];
  const { id } = await reports.enqueue(payload);
  await reports.queue.cancel(id);
  reports.worker(async () => COMPLETE);
  await expectCancelled(reports, id);
  await expect.poll(() => reports.leftovers()).toEqual([]);
  await (await reports.job(id))?.retry("failed");
  await expect.poll(() => reports.state(id)).toBe("completed");
  const again = await reports.enqueue(payload);
  expect(again).toMatchObject({ joined: false });
  await expect.poll(() => reports.state(again.id)).toBe("completed");
});
