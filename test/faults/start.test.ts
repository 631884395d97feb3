import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { temporaryFolder } from "../helpers/embedded.ts";
import { listenLocally } from "../helpers/ports.ts";
import { fronting, runToEnd, startProcess, storeServers } from "../helpers/process.ts";

vi.setConfig({ testTimeout: 90_000 });

const YAML = fronting("http://127.0.0.1:9000");

test.each([
  ["that is not YAML", "routes: [", /warmfront\.yaml:1:\d+: /],
  ["with an unknown key", `${YAML}    fresh_fro: 1d\n`, /fresh_fro/],
  ["with a wrong type", `${YAML}refresh: { concurrency: many }\n`, /refresh\.concurrency/],
  [
    "with a secret file that is not there",
    `${YAML}control: { token: "file:/nonexistent/token" }\n`,
    /control\.token/,
  ],
])(
  "a configuration %s ends the start with 78 and a message, and nothing is started",
  async (_what, yaml, message) => {
    await using folder = await temporaryFolder();
    const ended = await runToEnd({ entry: "main", yaml, folder: folder.path });
    expect(ended).toMatchObject({ code: 78, lines: [] });
    expect(ended.errors).toMatch(message);
    expect(ended.errors).not.toMatch(/^\s+at /m);
    expect(existsSync(join(folder.path, "data"))).toBe(false);
  },
);

test.each([
  ["LISTEN_PORT", "data plane"],
  ["CONTROL_PORT", "control plane"],
])(
  "a %s in use ends the start of the %s with 78 and names the setting, and leaves no store behind",
  async (variable) => {
    await using folder = await temporaryFolder();
    await using taken = await takePort();
    const ended = await runToEnd({
      entry: "main",
      yaml: YAML,
      env: { LISTEN_HOST: "127.0.0.1", [variable]: String(taken.port) },
      folder: folder.path,
    });
    expect(ended.code).toBe(78);
    expect(ended.errors).toMatch(
      new RegExp(`^Cannot start: port ${taken.port} .*in use.* ${variable} `),
    );
    expect(ended.errors.trim().split("\n")).toHaveLength(1);
    expect(await storeServers(folder.path)).toEqual([]);
  },
);

test("a data folder in use by another copy is refused, and that copy goes on", async () => {
  await using folder = await temporaryFolder();
  await using first = await startProcess({ entry: "main", yaml: YAML, folder: folder.path });
  const second = await runToEnd({ entry: "main", folder: folder.path });
  expect(second.code).toBe(78);
  expect(second.errors).toMatch(`in use by another copy (process ${first.pid})`);
  expect(second.errors).toContain("DATA_DIR");
  expect(await first.ask("/healthz")).toMatchObject({ status: 200, text: "OK" });
});

test("of two starts at once one serves and the other ends with 78", async () => {
  await using folder = await temporaryFolder();
  const start = () => startProcess({ entry: "main", yaml: YAML, folder: folder.path });
  const both = await Promise.allSettled([start(), start()]);
  const [served] = both.filter((one) => one.status === "fulfilled");
  const [refused, ...more] = both.filter((one) => one.status === "rejected");
  await using process = served?.value;
  expect(more).toEqual([]);
  expect(String(refused?.reason)).toMatch(/ended with 78 .*DATA_DIR/s);
  expect(await process?.ask("/healthz")).toMatchObject({ text: "OK" });
});

test("a data folder that is a file ends the start with 78 and names it", async () => {
  await using folder = await temporaryFolder();
  const ended = await runToEnd({
    entry: "main",
    yaml: YAML,
    env: { DATA_DIR: "warmfront.yaml" },
    folder: folder.path,
  });
  expect(ended.code).toBe(78);
  expect(ended.errors).toMatch(/^Cannot start: \.\/warmfront\.yaml\/store .*DATA_DIR/);
});

test.for([
  ["read-only", "ro"],
  ["full", "size=8k"],
] as const)(
  "a data folder on a %s file system ends the start with 78",
  async ([kind, options], { skip }) => {
    await using folder = await temporaryFolder();
    await using data = await temporaryFolder();
    const mount = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", data.path]);
    if (mount.status !== 0) skip("This user may not mount a file system.");
    try {
      const env = { DATA_DIR: data.path };
      const ended = await runToEnd({ entry: "main", yaml: YAML, env, folder: folder.path });
      expect(ended.code).toBe(78);
      expect(ended.errors).toContain(`is on a ${kind} `);
      expect(ended.errors).toContain("DATA_DIR");
    } finally {
      spawnSync("/bin/umount", [data.path]);
    }
  },
);

async function takePort() {
  const server = createServer();
  const port = await listenLocally(server);
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}
