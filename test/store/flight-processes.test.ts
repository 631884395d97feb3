import { expect, test } from "vitest";
import { startRedis } from "../helpers/redis.ts";
import { type ScriptProcess, spawnScript } from "../helpers/spawn-script.ts";
import { openPlain, openWorld, until } from "./world.ts";

const SCRIPT = new URL("./flight-process.ts", import.meta.url);

async function startProcess(socket: string, lifeMs: number): Promise<ScriptProcess> {
  const script = spawnScript(SCRIPT, [socket, String(lifeMs)]);
  expect(await script.line()).toBe('"ready"');
  return script;
}

async function tell(script: ScriptProcess, command: string): Promise<unknown> {
  script.child.stdin?.write(`${command}\n`);
  return JSON.parse((await script.line()) ?? `"${script.errors()}"`);
}

test("two hundred callers in four processes on one cold key: one leads, all others get what it brings", async () => {
  await using server = await startRedis();
  const processes = await Promise.all(
    Array.from({ length: 4 }, () => startProcess(server.socket, 5_000)),
  );
  try {
    for (const key of ["first", "second", "third"]) {
      const counts = await Promise.all(processes.map((one) => tell(one, `rush ${key} 50`)));
      const sum = (what: string) =>
        (counts as Record<string, number>[]).reduce((total, one) => total + (one[what] ?? 0), 0);
      expect(sum("lead")).toBe(1);
      expect(sum("lead") + sum("follow") + sum("hit")).toBe(200);
      expect(sum("found") + sum("hit")).toBe(200);
      expect(sum("stored")).toBe(sum("follow"));
      expect(sum("follow")).toBeGreaterThan(49);
    }
  } finally {
    await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()));
  }
}, 60_000);

test("a frozen leader is replaced, and cannot overwrite what came after it when it thaws", async () => {
  await using server = await startRedis();
  using world = await openWorld(server);
  using plain = openPlain(server);
  await using frozen = await startProcess(server.socket, 300);
  expect(await tell(frozen, "lead key")).toMatchObject({ role: "lead" });
  expect((await world.flights.begin("key")).role).toBe("follow");
  frozen.child.kill("SIGSTOP");
  await until(async () => !(await plain.ourKeys()).some((key) => key.startsWith("wf1:f:")));
  await until(async () => (await world.flights.begin("key")).role === "lead");
  const { fence } = await world.flights.begin("key");
  expect(await world.store.write("key", "newer", { fence, ttlMs: 60_000 })).toBe("written");
  frozen.child.kill("SIGCONT");
  expect(await tell(frozen, "write key older")).toBe("superseded");
  expect(await tell(frozen, "end key")).toBe("ended");
  expect(await world.store.read("key")).toMatchObject({ value: "newer" });
}, 40_000);

test("a leader that works for longer than the lock's life keeps it; one that is killed releases those who follow", async () => {
  await using server = await startRedis();
  using world = await openWorld(server);
  await using leader = await startProcess(server.socket, 300);
  expect(await tell(leader, "lead key")).toMatchObject({ role: "lead" });
  const following = await world.flights.begin("key");
  if (following.role !== "follow") throw new Error("Expected to follow.");
  expect(await following.settled(1_200)).toBe("timeout");
  leader.child.kill("SIGKILL");
  expect(await following.settled(20_000)).toBe("failed");
  expect((await world.flights.begin("key")).role).toBe("lead");
}, 40_000);
