import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inspectServer } from "../../src/store/embedded/inspect.ts";
import { identityOf } from "../../src/store/embedded/process.ts";
import { connectTo, spawnStoreProcess, startStore, temporaryFolder } from "../helpers/embedded.ts";
import type { ScriptProcess } from "../helpers/spawn-script.ts";

test("kill -9 of the owner under load leaves no server behind and loses nothing", async () => {
  await using folder = await temporaryFolder();
  await using owner = spawnStoreProcess(folder.path, "load");
  await begin(owner);
  expect(await owner.line()).toBe("ready");
  const pids = await serverPids(folder.path);
  let acknowledged = 0;
  while (acknowledged < 5_000) acknowledged = Number(await owner.line());
  owner.child.kill("SIGKILL");
  for (let line = await owner.line(); line !== undefined; line = await owner.line()) {
    acknowledged = Number(line);
  }
  await expect.poll(() => pids.map(identityOf)).toEqual([undefined, undefined]);
  await using store = await startStore(folder.path);
  using client = connectTo(store.queue.path);
  const found = await client.llen("pushed");
  expect(found).toBeGreaterThanOrEqual(acknowledged);
  expect(await client.lrange("pushed", 0, -1)).toEqual(
    Array.from({ length: found }, (_, index) => String(index)),
  );
  expect(store.messages.join()).not.toContain("left over");
});

test("kill -9 of the guard leads to a new server beside no old one", async () => {
  await using folder = await temporaryFolder();
  await using owner = spawnStoreProcess(folder.path, "hold");
  await begin(owner);
  expect(await owner.line()).toBe("ready");
  const [before = 0] = await serverPids(folder.path);
  process.kill(parentOf(before), "SIGKILL");
  const socket = join(folder.path, "store/queue/server.sock");
  await expect.poll(() => identityOf(before)).toBeUndefined();
  await expect.poll(() => inspectServer(socket)).toMatchObject({ loading: false });
  owner.child.kill("SIGTERM");
  expect(await owner.exited).toBe(0);
  expect(await inspectServer(socket)).toBeUndefined();
});

test.each(["a fresh folder", "the folder of a dead owner"])(
  "of twelve starts at once in %s exactly one wins",
  async (which) => {
    await using folder = await temporaryFolder();
    if (which === "the folder of a dead owner") leaveOwner(folder.path, { identity: "long gone" });
    await using all = new AsyncDisposables<ScriptProcess>();
    const processes = Array.from({ length: 12 }, () =>
      all.add(spawnStoreProcess(folder.path, "hold")),
    );
    await Promise.all(processes.map((each) => expect(each.line()).resolves.toBe("loaded")));
    for (const each of processes) each.child.stdin?.write("go\n");
    const winners = await Promise.all(
      processes.map(async (each) => (await each.line()) === "ready"),
    );
    expect(winners.filter(Boolean)).toHaveLength(1);
    const winner = processes[winners.indexOf(true)];
    const losers = processes.filter((each) => each !== winner);
    expect(await Promise.all(losers.map((each) => each.exited))).toEqual(Array(11).fill(78));
    const refusal = `is in use by another copy (process ${winner?.child.pid})`;
    for (const loser of losers) expect(loser.errors()).toContain(refusal);
    using client = connectTo(join(folder.path, "store/queue/server.sock"));
    expect(await client.ping()).toBe("PONG");
  },
);

test("an owner file whose process id is another process's by now is taken over", async () => {
  await using folder = await temporaryFolder();
  leaveOwner(folder.path, { pid: process.ppid, identity: "an earlier start" });
  await using store = await startStore(folder.path);
  using client = connectTo(store.queue.path);
  expect(await client.ping()).toBe("PONG");
});

test("an owner file that is cut short is taken over", async () => {
  await using folder = await temporaryFolder();
  mkdirSync(join(folder.path, "store"));
  writeFileSync(join(folder.path, "store/owner.json"), '{"pid":');
  await using store = await startStore(folder.path);
  using client = connectTo(store.queue.path);
  expect(await client.ping()).toBe("PONG");
});

test("an owner on another host is not judged by its process id, and the message says what to do", async () => {
  await using folder = await temporaryFolder();
  leaveOwner(folder.path, { host: "elsewhere" });
  await expect(startStore(folder.path)).rejects.toThrow(
    /in use by another copy \(process 1 on elsewhere\)\. .* If nothing runs there any more, delete .*\/store\/owner\.json\./,
  );
});

async function begin(owner: ScriptProcess): Promise<void> {
  expect(await owner.line()).toBe("loaded");
  owner.child.stdin?.write("go\n");
}

/** Process ids of the queue and the cache server. */
async function serverPids(dataDir: string): Promise<number[]> {
  const sockets = ["queue", "cache"].map((role) => join(dataDir, "store", role, "server.sock"));
  const states = await Promise.all(sockets.map(inspectServer));
  return states.map((state) => state?.pid ?? 0);
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function leaveOwner(dataDir: string, owner: object): void {
  mkdirSync(join(dataDir, "store"), { recursive: true });
  const whole = { pid: 1, identity: "0", host: hostname(), ...owner };
  writeFileSync(join(dataDir, "store/owner.json"), JSON.stringify(whole));
}

/** Ends all of them. */
class AsyncDisposables<T extends AsyncDisposable> implements AsyncDisposable {
  readonly #all: T[] = [];

  add(one: T): T {
    this.#all.push(one);
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((one) => one[Symbol.asyncDispose]()));
  }
}
