import { expect, test } from "vitest";
import { startRedis } from "../helpers/redis.ts";
import { type ScriptProcess, spawnScript } from "../helpers/spawn-script.ts";

const SCRIPT = new URL("./caller-process.ts", import.meta.url);

interface Said {
  readonly calls: number;
  readonly answers: number;
  readonly makers: readonly number[];
}

async function tell(script: ScriptProcess, line: string): Promise<Said> {
  script.child.stdin?.write(`${line}\n`);
  return JSON.parse((await script.line()) ?? `"${script.errors()}"`);
}

test("1,000 calls at once in 4 processes make one call, and all get what it returned", async () => {
  await using redis = await startRedis();
  const processes = Array.from({ length: 4 }, () => spawnScript(SCRIPT, [redis.url, "rush"]));
  try {
    for (const one of processes) expect(await one.line()).toBe("ready");
    for (const key of ["first", "second", "third"]) {
      const said = await Promise.all(processes.map((one) => tell(one, `${key} 250`)));
      const sum = (what: "calls" | "answers") => said.reduce((total, one) => total + one[what], 0);
      expect(sum("answers")).toBe(1_000);
      expect(sum("calls")).toBe(1);
      expect(new Set(said.flatMap(({ makers }) => makers)).size).toBe(1);
    }
  } finally {
    await Promise.all(processes.map((one) => one[Symbol.asyncDispose]()));
  }
}, 60_000);
