import { expect, test } from "vitest";
import { stored } from "../helpers/stored.ts";
import { PATIENCE, runCli, startCacheCli } from "./cache-process.ts";

test("purge takes URLs, says what it did, and the audit knows of it", PATIENCE, async () => {
  await using cli = await startCacheCli();
  cli.front.origin.answers("one", "two");
  await stored(cli.front, "/a");
  const ran = await cli.run(["purge", "/a", "http://example.org:8888/b?c=d"]);
  expect(ran).toMatchObject({ code: 0, err: "" });
  expect(ran.out).toMatch(
    /^Purged: \/a\nPurged: http:\/\/example\.org:8888\/b\?c=d\nAudit: [0-9a-f-]{36}\n$/,
  );
  expect((await cli.front.ask("/a")).text).toBe("two");
  const audit = await cli.run(["purge", "audit"]);
  expect(audit.out).toMatch(/^\S+Z {2}anybody from 127\.0\.0\.1 {2}hard purge {2}\/a, http:\S+\n$/);
});

test("purge by tags softly, as JSON", PATIENCE, async () => {
  await using cli = await startCacheCli();
  const ran = await cli.run(["purge", "--tag", "red", "-t", "blue", "--soft", "--json"]);
  expect(JSON.parse(ran.out)).toMatchObject({
    what: ["tag red", "tag blue"],
    mode: "soft",
    count: 2,
  });
  const { json } = await cli.control.get("/purge/audit");
  expect(json.records).toHaveLength(1);
});

test(
  "a dry run counts and shows samples without control and direction characters, and purges nothing",
  PATIENCE,
  async () => {
    await using cli = await startCacheCli();
    await stored(cli.front, "/a");
    const ran = await cli.run(["purge", "--tag", "x\u202e\u200b", "--dry-run"]);
    expect(ran.out).toContain("0 stored responses, kept versions counted: tag x\n");
    const all = await cli.run(["purge", "--prefix", "/", "--dry-run"]);
    expect(all.out).toMatch(
      /^1 stored response,.*\n200 {2}\S+Z {2}test {2}\/a\nDry run: nothing was purged\.\n$/,
    );
    expect((await cli.front.ask("/a")).cacheStatus).toContain("hit");
  },
);

test(
  "a wrong command line exits with 64 and says what is wrong, on standard error",
  PATIENCE,
  async () => {
    await using cli = await startCacheCli({ path: "/api/*" });
    const wrongs = [
      [["purge"], "must be one of"],
      [["purge", "/api/a", "--all"], "urls, all must be one of"],
      [["purge", "/other"], "urls.0 is a path for which no route is configured"],
      [["purge", "--colour", "red"], "--colour"],
      [["explain"], "url"],
      [["versions", "/api/a", "burn"], "list, diff or rollback?"],
    ] as const;
    const runs = wrongs.map(async ([args, words]) => {
      const ran = await cli.run(args);
      expect(ran, args.join(" ")).toMatchObject({ code: 64, out: "" });
      expect(ran.err).toContain(words);
    });
    await Promise.all(runs);
    const wrong = await runCli(["purge", "--all", "--control", "http://user:pw@127.0.0.1:1"]);
    expect(wrong).toMatchObject({ code: 64, err: expect.stringContaining("CONTROL_TOKEN") });
  },
);

test(
  "a control plane that is not there or refuses exits with 1 and says so",
  PATIENCE,
  async () => {
    const gone = await runCli(["purge", "--all", "--control", "http://127.0.0.1:1"]);
    expect(gone).toMatchObject({ code: 1, out: "" });
    expect(gone.err).toContain("The control plane at http://127.0.0.1:1 cannot be asked");
    await using cli = await startCacheCli({ token: "t0ken" });
    const refused = await cli.run(["purge", "--all"]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("CONTROL_TOKEN") });
  },
);

test("address and token come from the environment", PATIENCE, async () => {
  await using cli = await startCacheCli({ token: "t0ken" });
  const { port } = new URL(cli.control.url);
  const env = { CONTROL_HOST: "0.0.0.0", CONTROL_PORT: port, CONTROL_TOKEN: "t0ken" };
  expect(await runCli(["purge", "--all"], env)).toMatchObject({ code: 0, err: "" });
  const again = await cli.run(["purge", "--all"], { CONTROL_TOKEN: "t0ken" });
  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("purged just now") });
  expect((await cli.run(["purge", "audit"], { CONTROL_TOKEN: "t0ken" })).out).toContain(
    "token from 127.0.0.1",
  );
});
