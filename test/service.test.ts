import { EventEmitter, once } from "node:events";
import { afterEach, describe, expect, test, vi } from "vitest";
import { SetupError } from "../src/errors.ts";
import { createLogger } from "../src/logger.ts";
import { runService, type Scope } from "../src/service.ts";
import { spawnScript } from "./helpers/spawn-script.ts";

/** A service in this process over a host that records what it is told. */
function run(start: (scope: Scope) => void | Promise<void>, drainMs = 5_000) {
  const host = Object.assign(new EventEmitter(), {
    codes: [] as number[],
    errors: "",
    exit: (code: number) => host.codes.push(code),
    stderr: { write: (text: string) => (host.errors += text) },
  });
  const log: { level: string; msg: string; part?: string }[] = [];
  const destination = { write: (line: string) => void log.push(JSON.parse(line)) };
  const logger = createLogger({ level: "info", pretty: false, destination });
  const exited = runService({ name: "test", logger, drainMs, start: async (s) => start(s), host });
  return { host, log, exited, kill: (signal: string) => host.emit(signal, signal) };
}

describe("in this process", () => {
  afterEach(() => void vi.useRealTimers());

  test.each(["SIGTERM", "SIGINT"])("%s closes the parts in reverse order", async (signal) => {
    const closed: string[] = [];
    const { exited, kill, host } = run((scope) => {
      scope.onClose("store", async () => closed.push("store"));
      scope.onClose("server", () => closed.push("server"));
    });
    kill(signal);
    expect(await exited).toBe(0);
    expect(closed).toEqual(["server", "store"]);
    expect(host.codes).toEqual([0]);
    expect(host.eventNames()).toEqual([]);
  });

  test("a second signal exits at once with the number of that signal", async () => {
    const { kill, host } = run((scope) => scope.onClose("server", () => new Promise(() => {})));
    kill("SIGTERM");
    kill("SIGINT");
    expect(host.codes).toEqual([130]);
  });

  test("the same signal again exits at once too, but an echo of it does not", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { kill, host } = run((scope) => scope.onClose("server", () => new Promise(() => {})));
    kill("SIGTERM");
    vi.setSystemTime(Date.now() + 20);
    kill("SIGTERM");
    expect(host.codes).toEqual([]);
    vi.setSystemTime(Date.now() + 150);
    kill("SIGTERM");
    expect(host.codes).toEqual([143]);
  });

  test("a part that is given no more time is told to cut off, and the parts behind it still close", async () => {
    const closed: string[] = [];
    const { exited, kill } = run((scope) => {
      scope.onClose("store", () => closed.push("store"));
      scope.onClose("server", (cutOff) => once(cutOff, "abort").then(() => closed.push("server")));
    }, 200);
    kill("SIGTERM");
    expect(await exited).toBe(0);
    expect(closed).toEqual(["server", "store"]);
  });

  test("a part that never closes is named and the exit is forced", async () => {
    const { exited, kill, log } = run((scope) => {
      scope.onClose("server", () => new Promise(() => {}));
    }, 50);
    kill("SIGTERM");
    expect(await exited).toBe(1);
    expect(log).toContainEqual(
      expect.objectContaining({ part: "server", msg: "A part did not stop in time" }),
    );
  });

  test("a part that fails to close does not keep the others from closing", async () => {
    const closed: string[] = [];
    const { exited, kill, log } = run((scope) => {
      scope.onClose("store", () => closed.push("store"));
      scope.onClose("server", () => Promise.reject(new Error("not listening")));
    });
    kill("SIGTERM");
    expect(await exited).toBe(1);
    expect(closed).toEqual(["store"]);
    expect(log).toContainEqual(
      expect.objectContaining({ part: "server", msg: "A part could not be closed" }),
    );
  });

  test("a set-up error while starting closes what was opened and is told plainly", async () => {
    const closed: string[] = [];
    const { exited, host, log } = run((scope) => {
      scope.onClose("store", () => closed.push("store"));
      throw new SetupError("Cannot start: port 8888 is in use.");
    });
    expect(await exited).toBe(78);
    expect(closed).toEqual(["store"]);
    expect(host.errors).toBe("Cannot start: port 8888 is in use.\n");
    expect(log.filter(({ level }) => level !== "info")).toEqual([]);
  });

  test("a failing part ends the service after closing the others", async () => {
    const closed: string[] = [];
    const { exited, log } = run((scope) => {
      scope.onClose("server", () => closed.push("server"));
      setImmediate(() => scope.fail(new Error("the store is gone")));
    });
    expect(await exited).toBe(1);
    expect(closed).toEqual(["server"]);
    expect(log).toContainEqual(expect.objectContaining({ level: "fatal", msg: "test failed" }));
  });

  test("a start that is interrupted is closed and its failure is not told", async () => {
    const { exited, kill, host, log } = run(async (scope) => {
      scope.onClose("store", () => undefined);
      await once(scope.signal, "abort");
      throw new Error("the store went away");
    });
    kill("SIGINT");
    expect(await exited).toBe(0);
    expect(host.errors).toBe("");
    expect(log.map(({ level }) => level)).toEqual(["info", "info"]);
  });
});

describe("as a process", () => {
  const script = new URL("./helpers/service-process.ts", import.meta.url);

  test("SIGTERM closes everything and exits with 0", async () => {
    await using service = spawnScript(script, ["5000", "quick"]);
    expect(await service.line()).toBe("started");
    service.child.kill("SIGTERM");
    expect(await service.exited).toBe(0);
    expect(service.output()).toContain("closing quick\n");
  });

  test("a second signal ends a process whose closing hangs", async () => {
    await using service = spawnScript(script, ["60000", "hang"]);
    expect(await service.line()).toBe("started");
    service.child.kill("SIGTERM");
    await expect.poll(() => service.output()).toContain("closing hang\n");
    service.child.kill("SIGINT");
    expect(await service.exited).toBe(130);
  });

  test("a set-up error exits with 78 and nothing but its message", async () => {
    await using service = spawnScript(script, ["5000", "setup-error"]);
    expect(await service.exited).toBe(78);
    expect(service.errors()).toBe("Cannot start: port 8888 is in use.\n");
  });

  test.each([
    ["bug", "x is not a function"],
    ["reject", "nobody waited for me"],
  ])("a %s exits with 1 and its stack in the log, after closing", async (part, message) => {
    await using service = spawnScript(script, ["5000", "quick", part]);
    expect(await service.exited).toBe(1);
    expect(service.output()).toContain("closing quick\n");
    const line = service
      .output()
      .split("\n")
      .find((each) => each.includes('"fatal"'));
    expect(JSON.parse(line ?? "")).toMatchObject({
      err: { message, stack: expect.stringContaining("service-process.ts") },
    });
  });
});
