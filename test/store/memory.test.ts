import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { type Held, Memory } from "../../src/store/memory.ts";

function held(value: string, more: Partial<Held<string>> = {}): Held<string> {
  return { value, redisKey: `redis ${value}`, fence: 1, write: "w", own: false, ...more };
}

function serving(maxBytes: number): Memory<string> {
  const memory = new Memory<string>(maxBytes, (value) => value.length);
  memory.serving = true;
  return memory;
}

test("it stays within its bytes and lets the least used go", () => {
  const memory = serving(100_000);
  for (let i = 0; i < 1_000; i++) {
    memory.put(`key ${i}`, held("x".repeat(1_000), { redisKey: `redis ${i}` }));
    memory.get("key 0");
    expect(memory.bytes).toBeLessThanOrEqual(100_000);
  }
  expect(memory.entries).toBeGreaterThan(50);
  expect(memory.get("key 0")).toBeDefined();
  expect(memory.get("key 1")).toBeUndefined();
  expect(memory.get("key 999")).toBeDefined();
});

test("a value larger than an eighth of it is not held, and takes the place of none but its own", () => {
  const memory = serving(80_000);
  memory.put("a", held("small"));
  memory.put("b", held("small", { redisKey: "redis b" }));
  memory.put("a", held("x".repeat(10_001), { fence: 2 }));
  expect(memory.get("a")).toBeUndefined();
  expect(memory.get("b")).toBe("small");
});

test("it neither answers nor takes anything unless it is trusted", () => {
  const memory = serving(100_000);
  memory.put("a", held("one"));
  memory.serving = false;
  expect(memory.get("a")).toBeUndefined();
  memory.put("b", held("two"));
  memory.serving = true;
  expect(memory.get("a")).toBe("one");
  expect(memory.get("b")).toBeUndefined();
});

test("an announcement lets a value go by the key that Redis knows, also after it was replaced", () => {
  const memory = serving(100_000);
  memory.put("a", held("one", { redisKey: "r" }));
  memory.put("a", held("two", { redisKey: "r", fence: 2 }));
  memory.outdate(["unknown", "r"]);
  expect(memory.get("a")).toBeUndefined();
  expect(memory.entries).toBe(0);
});

test("an announcement of an own write asks before the value goes", () => {
  const memory = serving(100_000);
  const asked: string[] = [];
  memory.onOwnAnnounced = (key, { value }) => asked.push(`${key} ${value}`);
  const own = held("one", { redisKey: "r", own: true });
  memory.put("a", own);
  memory.outdate(["r"]);
  expect(asked).toEqual(["a one"]);
  expect(memory.get("a")).toBe("one");
  memory.drop("a", held("one", { redisKey: "r" }));
  expect(memory.get("a")).toBe("one");
  memory.drop("a", own);
  expect(memory.get("a")).toBeUndefined();
});

test("an older value does not replace a newer one, unless Redis took it", () => {
  const memory = serving(100_000);
  memory.put("a", held("new", { redisKey: "r", fence: 5 }));
  memory.put("a", held("old", { redisKey: "r", fence: 4 }));
  expect(memory.get("a")).toBe("new");
  memory.put("a", held("taken", { redisKey: "r", fence: 4, own: true }));
  expect(memory.get("a")).toBe("taken");
});

test("a placeholder tells whether its key was announced while Redis was asked", () => {
  const memory = serving(100_000);
  const [before, beside] = [memory.expect("r"), memory.expect("r")];
  const other = memory.expect("other");
  memory.outdate(["r"]);
  const after = memory.expect("r");
  expect([before, beside, after, other].map((place) => place.outdated)).toEqual([
    true,
    true,
    false,
    false,
  ]);
  for (const place of [before, beside]) place.release();
  memory.outdate(["r"]);
  expect(after.outdated).toBe(true);
  memory.clear();
  expect(other.outdated).toBe(true);
});

test("what was put for a time ends with it, and outlives what Redis had confirmed", async () => {
  const memory = serving(100_000);
  memory.put("a", held("confirmed"));
  memory.put("b", held("short"), 5);
  memory.put("c", held("for a time"), 60_000);
  await expect.poll(() => memory.get("b"), { interval: 5 }).toBeUndefined();
  memory.dropConfirmed();
  expect(memory.get("a")).toBeUndefined();
  expect(memory.get("c")).toBe("for a time");
});

test("values that have passed through leave nothing behind", () => {
  const memory = serving(100_000);
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const pass = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      memory.put(`key ${i}`, held("value", { redisKey: `redis ${i}` }));
      memory.expect(`redis ${i}`).release();
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = pass(0, 10_000);
  expect(pass(10_000, 210_000) - before).toBeLessThan(5_000_000);
});

test("a tier of no bytes holds nothing", () => {
  const memory = serving(0);
  memory.put("a", held(""));
  expect(memory.get("a")).toBeUndefined();
  expect(memory.bytes).toBe(0);
});
