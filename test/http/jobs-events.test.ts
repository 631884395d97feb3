import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setImmediate } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { createJobEvents } from "../../src/http/jobs-events.ts";
import type { JobStatus } from "../../src/queues/status.ts";
import type { JobWatcher, WatchEvent } from "../../src/queues/watch.ts";
import { startJobPlane } from "../helpers/job-plane.ts";
import { gate } from "../helpers/jobs.ts";
import { startRedis } from "../helpers/redis.ts";

const COMPLETE = { outcome: "complete" } as const;

test("a stream begins with the job as it is, goes on with every change, and ends with the job", async () => {
  await using plane = await startJobPlane();
  const { path, id } = await plane.make("anna");
  const stream = plane.stream(path);
  await vi.waitFor(() => expect(stream.events()).toHaveLength(1));
  expect(stream.fields()).toMatchObject({
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  expect(stream.text()).toMatch(/^retry: \d+\n\n/);
  expect(stream.events()[0]).toMatchObject({ event: "status", data: { id, state: "waiting" } });
  const middle = gate();
  plane.reports.worker(async (_, { progress }) => {
    progress({ step: "reading repositories" });
    await middle.opened;
    return COMPLETE;
  });
  await vi.waitFor(() =>
    expect(stream.events().at(-1)?.data).toMatchObject({
      state: "active",
      progress: { step: "reading repositories" },
    }),
  );
  middle.open();
  await vi.waitFor(() => expect(stream.ended()).toBe(true));
  const last = stream.events().at(-1);
  expect(last).toMatchObject({
    event: "end",
    data: { state: "completed", result: "/reports/anna" },
  });
  expect(stream.events().filter(({ event }) => event === "end")).toHaveLength(1);
  const ids = stream.events().map((event) => event.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a client that comes back with the last event it saw gets nothing twice, and after the end is told not to come back", async () => {
  await using plane = await startJobPlane();
  const { path } = await plane.make("anna");
  const first = plane.stream(path);
  await vi.waitFor(() => expect(first.events()).toHaveLength(1));
  first.close();
  const seen = first.events()[0]?.id as string;
  const second = plane.stream(path, { "last-event-id": seen });
  await second.answered;
  plane.reports.worker(async () => COMPLETE);
  await vi.waitFor(() => expect(second.ended()).toBe(true));
  expect(second.events().map((event) => event.id)).not.toContain(seen);
  const end = second.events().at(-1);
  expect(end?.event).toBe("end");
  const third = plane.stream(path, { "last-event-id": end?.id as string });
  await third.answered;
  expect(third.status()).toBe(204);
});

test("a client that was away while the job ended is told the end at once", async () => {
  await using plane = await startJobPlane();
  const { path } = await plane.make("anna");
  const first = plane.stream(path);
  await vi.waitFor(() => expect(first.events()).toHaveLength(1));
  first.close();
  plane.reports.worker(async () => COMPLETE);
  await vi.waitFor(async () => expect((await plane.ask(path)).text).toContain('"completed"'));
  const second = plane.stream(path, { "last-event-id": first.events()[0]?.id as string });
  await vi.waitFor(() => expect(second.ended()).toBe(true));
  expect(second.events()).toMatchObject([{ event: "end", data: { state: "completed" } }]);
});

test("those who wait in a lane see their place move up", async () => {
  await using plane = await startJobPlane();
  const middle = gate();
  plane.reports.worker(
    async () => {
      await middle.opened;
      return COMPLETE;
    },
    { timing: { sweepMs: 100 } },
  );
  for (const month of [1, 2]) await plane.make("anna", `?since=2020-0${month}-01`);
  const { path } = await plane.make("anna", "?since=2020-03-01");
  const stream = plane.stream(path);
  await vi.waitFor(() => expect(stream.events()[0]?.data).toMatchObject({ position: 2 }));
  middle.open();
  await vi.waitFor(() => expect(stream.ended()).toBe(true));
  const positions = stream.events().map(({ data }) => data.position ?? 0);
  expect(positions).toEqual([...positions].sort((a, b) => b - a));
});

test("something is sent now and then while nothing happens", async () => {
  await using plane = await startJobPlane({ heartbeatMs: 20 });
  const { path } = await plane.make("anna");
  const stream = plane.stream(path);
  await vi.waitFor(() => expect(stream.text().match(/^: /gm)?.length).toBeGreaterThan(2));
  expect(stream.events()).toHaveLength(1);
});

test.each([
  ["of one client", { watchers: 100, watchersPerClient: 2 }],
  ["of the process", { watchers: 2, watchersPerClient: 100 }],
])(
  "beyond the limit %s a watcher is refused, and has room when another goes",
  async (_of, limits) => {
    await using plane = await startJobPlane({ limits });
    const { path } = await plane.make("anna");
    const inside = [plane.stream(path), plane.stream(path)];
    for (const stream of inside) await vi.waitFor(() => expect(stream.events()).toHaveLength(1));
    const refused = await plane.ask(path, { headers: { accept: "text/event-stream" } });
    expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    expect((await plane.ask(path)).status).toBe(200);
    inside[0]?.close();
    await vi.waitFor(async () => {
      const next = plane.stream(path);
      await next.answered;
      expect(next.status()).toBe(200);
    });
  },
);

test("a client that goes leaves nothing behind: a thousand come and go through ten places", async () => {
  await using plane = await startJobPlane({ limits: { watchers: 10, watchersPerClient: 10 } });
  const { path } = await plane.make("anna");
  for (let round = 0; round < 100; round++) {
    const streams = Array.from({ length: 10 }, () => plane.stream(path));
    await Promise.all(streams.map(({ answered }) => answered));
    await vi.waitFor(() =>
      expect(streams.map(({ status }) => status())).toEqual(Array(10).fill(200)),
    );
    for (const { close } of streams) close();
    await vi.waitFor(async () => {
      const probe = plane.stream(path);
      await probe.answered;
      probe.close();
      expect(probe.status()).toBe(200);
    });
    await vi.waitFor(async () => {
      const all = Array.from({ length: 10 }, () => plane.stream(path));
      await Promise.all(all.map(({ answered }) => answered));
      for (const { close } of all) close();
      expect(all.every(({ status }) => status() === 200)).toBe(true);
    });
  }
});

/** A stream over a socket that is not read until `read` is called. */
async function startUnread(heartbeatMs: number) {
  const first: JobStatus = {
    ...{ id: "x", queue: "report", state: "active", attempt: 1, mostAttempts: 1, createdAt: 0 },
  };
  let tell = (_event: WatchEvent): void => undefined;
  const subscribe: JobWatcher["subscribe"] = (_queue, _id, listener) => {
    tell = listener;
    return () => undefined;
  };
  const { signal } = new AbortController();
  const send = createJobEvents({ watcher: { subscribe }, heartbeatMs, stopping: signal });
  const answers: ServerResponse[] = [];
  let left = 0;
  const server = createServer((req, res) => {
    answers.push(res);
    send(req, res, first, () => {
      left += 1;
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").pause();
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  socket.on("error", () => undefined).pause();
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  return {
    answer: answers[0] as ServerResponse,
    text: () => text,
    left: () => left,
    read: () => void socket.resume(),
    /** Sends so many changes of a kilobyte each. */
    async change(times: number) {
      for (let n = 1; n <= times; n++) {
        if (n % 100 === 0) await setImmediate();
        tell({ type: "status", status: { ...first, attempt: n, detail: "d".repeat(1_000) } });
      }
    },
    [Symbol.dispose]() {
      socket.destroy();
      server.close();
    },
  };
}

test("a client that does not read costs no memory, and is sent the newest when it reads again", async () => {
  using stream = await startUnread(60_000);
  const told = 20_000;
  await stream.change(told);
  expect(stream.answer.writableLength).toBeLessThan(1_000_000);
  stream.read();
  await vi.waitFor(() => expect(stream.text()).toContain(`"attempt":${told},`));
  expect(stream.text().match(/^event: status/gm)?.length).toBeLessThan(told);
});

test("a client that takes nothing for two heartbeats loses its place", async () => {
  using stream = await startUnread(20);
  await vi.waitFor(async () => {
    await stream.change(2_000);
    expect(stream.left()).toBe(1);
  });
  expect(stream.answer.destroyed).toBe(true);
});

test("a job that is taken away is told as gone, and the stream ends", async () => {
  await using plane = await startJobPlane();
  const { path, id } = await plane.make("anna");
  const stream = plane.stream(path);
  await vi.waitFor(() => expect(stream.events()).toHaveLength(1));
  await plane.reports.inspected.remove(id);
  await vi.waitFor(() => expect(stream.ended()).toBe(true));
  expect(stream.events().at(-1)).toMatchObject({ event: "gone", data: { id, state: "gone" } });
});

test("a stopping process ends its streams without an end of the job", async () => {
  await using plane = await startJobPlane();
  const { path } = await plane.make("anna");
  const stream = plane.stream(path);
  await vi.waitFor(() => expect(stream.events()).toHaveLength(1));
  plane.stop();
  await vi.waitFor(() => expect(stream.ended()).toBe(true));
  expect(stream.events().map(({ event }) => event)).toEqual(["status"]);
});

test("a stream outlives its Redis and tells what happened meanwhile", {
  timeout: 30_000,
}, async () => {
  await using redis = await startRedis({ args: ["--appendonly", "yes"] });
  await using plane = await startJobPlane({ url: redis.url, heartbeatMs: 50 });
  const { path } = await plane.make("anna");
  const stream = plane.stream(path);
  await vi.waitFor(() => expect(stream.events()).toHaveLength(1));
  await redis.kill();
  const beats = stream.text().length;
  await vi.waitFor(() => expect(stream.text().length).toBeGreaterThan(beats + 20));
  await redis.restart();
  plane.reports.worker(async () => COMPLETE);
  await vi.waitFor(() => expect(stream.events().at(-1)?.event).toBe("end"), { timeout: 20_000 });
});
