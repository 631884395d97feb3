import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { expect, test, vi } from "vitest";
import type { Role } from "../../../src/config/control.ts";
import { BOARD_RIGHTS, boardRight } from "../../../src/http/control/board-rights.ts";
import { createJobAudit, type JobAct } from "../../../src/queues/audit.ts";
import { payload } from "../../helpers/jobs.ts";
import { startRedis } from "../../helpers/redis.ts";
import { startControl } from "./start.ts";

const require = createRequire(import.meta.url);
const { appRoutes } = require("@bull-board/api/dist/routes.js") as {
  appRoutes: { api: { method: string; route: string }[] };
};
const CHANGES = appRoutes.api
  .filter(({ method }) => method !== "get")
  .map(({ method, route }) => `${method} ${route}`);

const ROLES: readonly Role[] = ["viewer", "operator", "admin"];
const OPERATORS = ROLES.map((role) => ({
  ...{ name: `the-${role}`, role, digest: createHash("sha256").update(role).digest() },
}));
const as = (role: Role) => ({ authorization: `Bearer ${role}` });
const JSON_TYPE = { "content-type": "application/json" };

async function startBoard(options: { readonly redis?: string } = {}) {
  const control = await startControl({ operators: OPERATORS, ...options });
  const audit = createJobAudit(control.queues.connection);
  const queue = await control.jobs.queue();
  return {
    ...control,
    audit,
    acts: (): Promise<JobAct[]> => audit.read(100),
    delayed: async () => (await queue.enqueue(payload(), { delayMs: 3_600_000 })).jobId,
    put: (path: string, role: Role, body?: object) =>
      control.ask(`/board/api/queues/${path}`, {
        method: "PUT",
        headers: { ...as(role), ...(body && JSON_TYPE) },
        ...(body && { body: JSON.stringify(body) }),
      }),
  };
}

test("every change that the installed board offers is listed, and nothing else is", () => {
  expect([...BOARD_RIGHTS.keys()].sort()).toEqual([...CHANGES].sort());
});

test("a change that a later board offers is refused until it is listed, and looking is not", () => {
  expect(boardRight("put", "/api/queues/:queueName/explode")).toBe("refused");
  expect(boardRight("delete", "/api/queues/:queueName")).toBe("refused");
  expect(boardRight("get", "/api/anything")).toBeUndefined();
});

/** The request that a route stands for, about a job that is there. */
function requestOf(change: string, jobId: string) {
  const [method = "", route = ""] = change.split(" ");
  const names: Record<string, string> = {
    ...{ queueName: "refresh", jobId, queueStatus: "completed", schedulerId: "none" },
  };
  const path = route.replace(/:(\w+)/g, (_, name: string) => names[name] as string);
  const body = JSON.stringify({
    delay: 3_600_000,
    priority: 1,
    concurrency: 3,
    pattern: "* * * * *",
  });
  return { path: `/board${path}`, method: method.toUpperCase(), body };
}

test.each(CHANGES)("%s is refused to a viewer, and leaves everything as it was", async (change) => {
  await using control = await startBoard();
  const jobId = await control.delayed();
  const { path, method, body } = requestOf(change, jobId);
  const headers = { ...as("viewer"), ...JSON_TYPE };
  const answer = await control.ask(path, { method, headers, body });
  expect(answer.status).toBe(403);
  expect(answer.body).toContain("viewer");
  expect(await control.jobs.state(jobId)).toBe("delayed");
  expect(await control.jobs.inspected.isPaused()).toBe(false);
  expect(await control.acts()).toEqual([]);
});

const ADMINS = CHANGES.filter((change) => {
  const right = BOARD_RIGHTS.get(change);
  return right !== "refused" && right?.needs === "admin";
});

test.each(ADMINS)("%s is refused to an operator", async (change) => {
  await using control = await startBoard();
  const jobId = await control.delayed();
  const { path, method, body } = requestOf(change, jobId);
  const headers = { ...as("operator"), ...JSON_TYPE };
  const answer = await control.ask(path, { method, headers, body });
  expect(answer.status).toBe(403);
  expect(JSON.parse(answer.body).message).toBe(
    "This needs the role admin, and you have the role operator.",
  );
  expect(await control.jobs.state(jobId)).toBe("delayed");
  expect(await control.acts()).toEqual([]);
});

test("whoever lists the queues is shown buttons only for what they may do", async () => {
  await using control = await startBoard();
  const list = async (role: Role) => {
    const { body } = await control.ask("/board/api/queues", { headers: as(role) });
    return JSON.parse(body).queues[0];
  };
  expect(await list("viewer")).toMatchObject({ readOnlyMode: true, allowRetries: false });
  expect(await list("operator")).toMatchObject({ readOnlyMode: false, allowRetries: true });
});

test("what is done is recorded: who, what, to how many, when, the newest first", async () => {
  await using control = await startBoard();
  const ids = [await control.delayed(), await control.delayed(), await control.delayed()];
  const before = new Date().toISOString();
  expect((await control.put(`refresh/${ids[0]}/promote`, "operator")).status).toBe(204);
  expect((await control.put("refresh/promote", "operator")).status).toBeLessThan(300);
  expect((await control.put("pause", "operator")).status).toBe(200);
  expect((await control.put("refresh/concurrency", "admin", { concurrency: 3 })).status).toBe(200);
  expect((await control.put(`refresh/${ids[1]}/clean`, "admin")).status).toBe(204);
  expect((await control.put("refresh/empty", "admin")).status).toBe(200);
  const acts = await control.acts();
  expect(acts).toMatchObject([
    { action: "empty", queue: "refresh", count: 2, who: "the-admin from 127.0.0.1" },
    { action: "remove", queue: "refresh", what: ids[1], count: 1 },
    { action: "set global concurrency", queue: "refresh", count: 1 },
    { action: "pause", count: 3 },
    { action: "promote all", queue: "refresh", count: 2 },
    { action: "promote", what: ids[0], count: 1, who: "the-operator from 127.0.0.1" },
  ]);
  expect(acts[5]?.time && acts[5].time >= before).toBe(true);
  expect(new Set(acts.map(({ id }) => id)).size).toBe(6);
});

test("what was recorded and then failed says so, once", async () => {
  await using control = await startBoard();
  const id = await control.delayed();
  expect((await control.put(`refresh/${id}/retry`, "operator")).status).toBeGreaterThanOrEqual(400);
  await vi.waitFor(async () =>
    expect(await control.acts()).toMatchObject([{ action: "retry", what: id, failed: true }]),
  );
});

test("nothing is changed that cannot be recorded", async () => {
  await using redis = await startRedis();
  await using control = await startBoard({ redis: redis.url });
  const id = await control.delayed();
  const client = control.jobs.patient();
  await client.set("wf1:{jobs}:audit", "not a stream");
  const answer = await control.put(`refresh/${id}/promote`, "admin");
  expect(answer.status).toBe(500);
  expect(JSON.parse(answer.body).message).toContain("could not be recorded");
  expect(await control.jobs.state(id)).toBe("delayed");
});

test("the record holds no secrets, also where the path of a request does", async () => {
  await using control = await startBoard();
  await control.put(`refresh/${encodeURIComponent("x?token=s3cret")}/retry`, "operator");
  const acts = await control.acts();
  expect(acts).toHaveLength(1);
  expect(JSON.stringify(acts)).not.toContain("s3cret");
});

test("a record of another hand is passed over", async () => {
  await using control = await startBoard();
  const client = control.jobs.patient();
  await client.xadd("wf1:{jobs}:audit", "*", "act", "{]");
  await client.xadd("wf1:{jobs}:audit", "*", "other", "{}");
  await control.put("refresh/pause", "operator");
  expect(await control.acts()).toMatchObject([{ action: "pause", queue: "refresh", count: 1 }]);
});
