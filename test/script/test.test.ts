import { expect, test } from "vitest";
import { createClone, LOG, prints } from "../helpers/clone.ts";

const THERE = {
  "redis-server": prints("Redis server v=7.0.15 sha=0:0"),
  chromium: prints("Chromium 150"),
  node: `[ "$1" = --version ] && echo v20.20.2 && exit\nexec '${process.execPath}' "$@"`,
};

test.each([
  [{ numPassedTests: 12, numFailedTests: 0 }, 0, "12 passed, 0 failed"],
  [{ numPassedTests: 12, numFailedTests: 2 }, 1, "12 passed, 2 failed"],
  [
    { numPassedTests: 12, numPendingTests: 3, numTodoTests: 1 },
    0,
    "12 passed, 0 failed, 4 skipped",
  ],
])("the last line of %j says how many tests passed", async (counts, status, line) => {
  await using clone = await createClone(THERE);
  vitestReports(clone, JSON.stringify({ testResults: [], ...counts }), status);
  const run = clone.run("test");
  expect(run.status).toBe(status);
  expect(run.stdout.trimEnd().split("\n").at(-1)).toBe(line);
});

test("a file that could not be run counts as a failed test", async () => {
  await using clone = await createClone(THERE);
  const testResults = [{ status: "failed", assertionResults: [] }];
  vitestReports(clone, JSON.stringify({ numPassedTests: 1, testResults }), 1);
  expect(clone.run("test")).toMatchObject({ status: 1, stdout: "1 passed, 1 failed\n" });
});

test("a run that ends without results has failed", async () => {
  await using clone = await createClone(THERE);
  vitestReports(clone, "", 1);
  expect(clone.run("test")).toMatchObject({ status: 1, stdout: "0 passed, 1 failed\n" });
});

test("checks that fail fail the run, after the tests have run too", async () => {
  await using clone = await createClone(THERE);
  vitestReports(clone, '{"numPassedTests":1,"testResults":[]}', 0, 1);
  const stdout = "1 passed, 0 failed, checks failed (see above)\n";
  expect(clone.run("test")).toMatchObject({ status: 1, stdout });
});

test("arguments choose the tests", async () => {
  await using clone = await createClone(THERE);
  vitestReports(clone, '{"numPassedTests":1,"testResults":[]}', 0);
  clone.run("test", { args: ["test/cache", "-t", "a stale answer"] });
  expect(clone.calls().at(-1)).toMatch(/^vitest run .* test\/cache -t a stale answer$/);
});

test("the server is built and started with its arguments", async () => {
  await using clone = await createClone(THERE);
  clone.bootstrap();
  clone.write("dist/main.js", "console.log('started', ...process.argv.slice(2)); process.exit(3)");
  const run = clone.run("server", { args: ["--config", "my file.yaml"] });
  expect(run).toMatchObject({ status: 3, stdout: "started --config my file.yaml\n" });
});

/** Makes the clone's vitest write this report and exit so. */
function vitestReports(
  clone: Awaited<ReturnType<typeof createClone>>,
  report: string,
  status: number,
  checkStatus = 0,
) {
  const npm = `${LOG}
case $* in
  ci*)
    mkdir -p node_modules/.bin
    cp bin/vitest node_modules/.bin/vitest
    ;;
  *build) mkdir -p dist ;;
  *check) exit ${checkStatus} ;;
esac`;
  clone.tool("npm", npm);
  clone.tool(
    "vitest",
    `${LOG}\nfor each in "$@"; do case $each in --outputFile.json=*) printf '%s' '${report}' >"\${each#*=}" ;; esac; done\nexit ${status}`,
  );
}
