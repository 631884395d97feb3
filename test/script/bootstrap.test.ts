import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { createClone, installer, LOG, prints } from "../helpers/clone.ts";

const REDIS_7 = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";
const REDIS_6_0 = "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64";

test("with everything there it installs the packages and builds, the first time only", async () => {
  await using clone = await createClone({ "redis-server": prints(REDIS_7) });
  expect(clone.bootstrap().status).toBe(0);
  expect(clone.calls()).toEqual([
    "npm ci --include=dev --ignore-scripts --no-audit --no-fund",
    "npm run build",
  ]);
  expect(clone.bootstrap()).toMatchObject({ status: 0, stdout: "", stderr: "" });
  expect(clone.calls()).toHaveLength(2);
});

test("a changed source is built, a removed one too, and a changed lock file is installed", async () => {
  await using clone = await createClone({ "redis-server": prints(REDIS_7) });
  clone.bootstrap();
  const since = (step: () => void) => {
    const before = clone.calls().length;
    step();
    clone.bootstrap();
    return clone.calls().slice(before);
  };
  expect(since(() => clone.write("src/main.ts", "changed"))).toEqual(["npm run build"]);
  expect(since(() => clone.remove("src/other.ts"))).toEqual(["npm run build"]);
  expect(since(() => clone.write("README.md", "changed"))).toEqual([]);
  expect(since(() => clone.write("package-lock.json", "{ }"))).toEqual([
    "npm ci --include=dev --ignore-scripts --no-audit --no-fund",
    "npm run build",
  ]);
});

test("a build that fails is tried again", async () => {
  await using clone = await createClone({ "redis-server": prints(REDIS_7) });
  clone.tool("npm", `${LOG}\n[ "$1" = ci ] && mkdir -p node_modules\n[ "$1" = ci ]`);
  expect(clone.bootstrap().status).not.toBe(0);
  expect(clone.bootstrap().status).not.toBe(0);
  expect(clone.calls().filter((call) => call === "npm run build")).toHaveLength(2);
});

test.each(["v18.19.0", "v20.18.3"])("Node %s is too old", async (version) => {
  await using clone = await createClone({ node: prints(version) });
  const { status, stderr } = clone.bootstrap();
  expect(status).toBe(78);
  expect(stderr).toBe(
    `Warmfront needs Node 20.19 or newer; ${clone.path}/bin/node is ${version.slice(1)}.\n`,
  );
  expect(clone.calls()).toEqual([]);
});

test.each(["v20.19.0", "v22.1.0", "v24.0.0"])("Node %s is new enough", async (version) => {
  await using clone = await createClone({ node: prints(version), "redis-server": prints(REDIS_7) });
  expect(clone.bootstrap().status).toBe(0);
});

test("without Node it says so", async () => {
  await using clone = await createClone({});
  clone.remove("bin/node");
  expect(clone.bootstrap()).toMatchObject({
    status: 78,
    stderr: "Warmfront needs Node 20.19 or newer; none is on PATH.\n",
  });
});

const APT = ["apt-get update", "apt-get install -y --no-install-recommends redis-server"] as const;

test.each([
  ["apt-get", [...APT]],
  ["dnf", ["dnf install -y valkey"]],
  ["apk", ["apk update", "apk add valkey"]],
  ["brew", ["brew install valkey"]],
])("a missing server is installed with %s, and what is run is said first", async (name, calls) => {
  await using clone = await createClone({ [name]: installer() });
  const { status, stderr } = clone.bootstrap();
  expect(status).toBe(0);
  expect(clone.calls().filter((call) => call.startsWith(name))).toEqual(calls);
  expect(stderr).toMatch(/^Redis or Valkey 6\.2 or newer is missing \(found: none\)\.\n==> /);
  for (const call of calls) expect(stderr).toContain(call);
});

test("what is not root's is asked of sudo, without a password when nobody is there", async () => {
  await using clone = await createClone({
    "apt-get": installer(),
    id: "echo 1000",
    sudo: `${LOG}\nshift\nexec "$@"`,
  });
  expect(clone.bootstrap().status).toBe(0);
  const install = "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends";
  expect(clone.calls().filter((call) => call.startsWith("sudo"))).toEqual([
    "sudo -n apt-get update",
    `sudo -n ${install} redis-server`,
  ]);
});

test("without sudo a user who is not root is told what to do", async () => {
  await using clone = await createClone({ dnf: installer(), id: "echo 1000" });
  const { status, stderr } = clone.bootstrap();
  expect(status).toBe(78);
  expect(stderr).toContain("Installing with dnf needs root, and there is no sudo.");
  expect(clone.calls()).toEqual([]);
});

test("brew never gets sudo", async () => {
  await using clone = await createClone({ brew: installer(), id: "echo 1000", sudo: LOG });
  expect(clone.bootstrap().status).toBe(0);
  expect(clone.calls()).not.toContainEqual(expect.stringContaining("sudo"));
});

test("a system whose own server is too old gets nothing installed and is told of REDIS_URL", async () => {
  await using clone = await createClone({
    "apt-get": installer(),
    "apt-cache": 'echo "  Candidate: 5:6.0.16-1ubuntu1"',
  });
  const { status, stderr } = clone.bootstrap();
  expect(status).toBe(78);
  expect(stderr).toContain("set REDIS_URL to a server that you have");
  expect(clone.calls()).toEqual(["apt-get update"]);
});

test.each([
  ["too old", prints(REDIS_6_0), "/bin/redis-server is 6.0.16)"],
  ["built for another machine", "exit 126", "/bin/redis-server does not run)"],
])("a server that is %s counts as missing", async (_what, server, found) => {
  await using clone = await createClone({ "redis-server": server, apk: installer() });
  const { status, stderr } = clone.bootstrap();
  expect(status).toBe(0);
  expect(stderr).toContain(found);
  expect(clone.calls()).toContain("apk add valkey");
});

test("an installation that brings no usable server is told", async () => {
  await using clone = await createClone({ apk: LOG });
  const { status, stderr } = clone.bootstrap();
  expect(status).toBe(78);
  expect(stderr).toContain("Redis or Valkey is still missing (found: none).");
});

test("without a package manager it says what to install", async () => {
  await using clone = await createClone({});
  const { status, stderr } = clone.bootstrap();
  expect(status).toBe(78);
  expect(stderr).toContain("None of apt-get, dnf, apk and brew is here. Install Redis or Valkey");
});

test("with REDIS_URL no server is looked for, except for the tests", async () => {
  await using clone = await createClone({ apk: installer(), chromium: "echo Chromium 150" });
  const env = { REDIS_URL: "redis://127.0.0.1:6379" };
  expect(clone.bootstrap({ env }).status).toBe(0);
  expect(clone.calls()).not.toContain("apk add valkey");
  expect(clone.bootstrap({ env, args: ["--test"] }).status).toBe(0);
  expect(clone.calls()).toContain("apk add valkey");
});

test("for the tests a missing Chromium is installed, and only for them", async () => {
  await using clone = await createClone({ "redis-server": prints(REDIS_7), apk: installer() });
  expect(clone.bootstrap().status).toBe(0);
  expect(clone.calls()).not.toContain("apk add chromium");
  expect(clone.bootstrap({ args: ["--test"] }).status).toBe(0);
  expect(clone.calls()).toContain("apk add chromium");
});

test("with WARMFRONT_NO_INSTALL it says all that is missing and installs nothing", async () => {
  await using clone = await createClone({ "apt-get": installer() });
  const env = { WARMFRONT_NO_INSTALL: "1" };
  const { status, stderr } = clone.bootstrap({ env, args: ["--test"] });
  expect(status).toBe(78);
  expect(stderr).toBe(
    [
      "Missing: Redis or Valkey 6.2 or newer (found: none). Or set REDIS_URL.",
      "Missing: Chromium, for the browser tests.",
      "Nothing was installed, because WARMFRONT_NO_INSTALL is 1.",
      "",
    ].join("\n"),
  );
  expect(clone.calls()).toEqual([]);
});

test("it works from any folder, and in a folder whose name has spaces and quotes", async () => {
  await using clone = await createClone(
    { "redis-server": prints(REDIS_7) },
    `my "own" $HOME 'clone`,
  );
  expect(clone.bootstrap({ cwd: tmpdir() }).status).toBe(0);
  expect(clone.calls()).toHaveLength(2);
});
