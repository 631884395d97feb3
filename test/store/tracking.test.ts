import { expect, test } from "vitest";
import { createTracking, type Tracking } from "../../src/store/tracking.ts";
import { sharedRedis, startRedis } from "../helpers/redis.ts";
import { openPlain, recordingLogger, silent, until } from "./world.ts";

function follow(at: { url: string }) {
  const tracking = createTracking({ target: { kind: "url", url: at.url }, logger: silent });
  const heard: (string | null)[] = [];
  const states: boolean[] = [];
  const stop = tracking.listen({
    invalidated: (keys) => void heard.push(...(keys ?? [null])),
    changed: (tracked) => void states.push(tracked),
  });
  return { tracking, heard, states, stop, [Symbol.dispose]: () => tracking.close() };
}

const tracked = (tracking: Tracking) => until(() => tracking.tracked);

test("changes of entries and flight locks are announced, those of other keys are not", async () => {
  const at = await sharedRedis();
  using followed = follow(at);
  using plain = openPlain(at);
  await tracked(followed.tracking);
  await plain.client.mset("wf1:p:x", "1", "other", "2", "wf1:{refresh}:id", "3");
  await plain.client.set("wf1:e:x", "1");
  await plain.client.del("wf1:e:x");
  await plain.client.set("wf1:f:x", "1");
  await until(() => followed.heard.includes("wf1:f:x"));
  await plain.client.del("wf1:f:x");
  await until(() => followed.heard.filter((key) => key === "wf1:f:x").length === 2);
  expect(new Set(followed.heard.filter((key) => key?.endsWith(":x")))).toEqual(
    new Set(["wf1:e:x", "wf1:f:x"]),
  );
  expect(followed.heard).not.toContain("other");
});

test("FLUSHDB is announced as a change of everything", async () => {
  await using server = await startRedis();
  using followed = follow(server);
  using plain = openPlain(server);
  await tracked(followed.tracking);
  await plain.client.flushdb();
  await until(() => followed.heard.includes(null));
});

test("it knows when it may have missed something, and begins again by itself", async () => {
  await using server = await startRedis();
  using followed = follow(server);
  using plain = openPlain(server);
  await tracked(followed.tracking);
  await plain.client.call("CLIENT", "KILL", "TYPE", "pubsub");
  await until(() => followed.states.length === 3);
  expect(followed.states).toEqual([true, false, true]);
  await plain.client.set("wf1:e:y", "1");
  await until(() => followed.heard.includes("wf1:e:y"));
  await server.kill();
  await until(() => !followed.tracking.tracked);
  await server.restart();
  await tracked(followed.tracking);
  followed.tracking.restart();
  expect(followed.tracking.tracked).toBe(false);
  await tracked(followed.tracking);
});

test("a listener that has stopped hears nothing more", async () => {
  const at = await sharedRedis();
  using followed = follow(at);
  using plain = openPlain(at);
  await tracked(followed.tracking);
  const { length } = followed.heard;
  followed.stop();
  const other: string[] = [];
  followed.tracking.listen({ invalidated: (keys) => void other.push(...(keys ?? [])) });
  await plain.client.set("wf1:e:z", "1");
  await until(() => other.includes("wf1:e:z"));
  expect(followed.heard).toHaveLength(length);
});

test("a server that refuses to announce changes is logged once and not trusted", async () => {
  await using server = await startRedis({ args: ["--rename-command", "CLIENT", ""] });
  const { logger, lines } = recordingLogger();
  const tracking = createTracking({ target: { kind: "socket", path: server.socket }, logger });
  await until(() => lines.some((line) => line.msg.includes("CLIENT TRACKING")));
  expect(tracking.tracked).toBe(false);
  expect(lines.filter((line) => line.level === "warn")).toHaveLength(1);
  tracking.close();
});
