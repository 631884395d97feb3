import { expect, test, vi } from "vitest";
import { stored } from "../helpers/stored.ts";
import { PATIENCE, startCacheCli } from "./cache-process.ts";

test("versions are listed, compared and rolled back", PATIENCE, async () => {
  await using cli = await startCacheCli({ versions: 3 });
  const { front, control } = cli;
  const csv = { "Content-Type": "text/csv" };
  front.origin.answers({ headers: csv, body: "a,1\n" }, { headers: csv, body: "a,2\u202e\n" });
  await stored(front, "/a");
  front.advance(3_601_000);
  await stored(front, "/a");
  await vi.waitFor(async () =>
    expect((await control.get("/versions?url=/a")).json.versions).toHaveLength(2),
  );
  const list = await cli.run(["versions", "/a"]);
  expect(list).toMatchObject({ code: 0, err: "" });
  expect(list.out).toMatch(
    /^version +stored +status +bytes +type\ncurrent +\S+Z +200 +7 +text\/csv\n\w+ +\S+Z +200 +4 +text\/csv\n$/,
  );
  const id = list.out.split("\n")[2]?.split(" ")[0] as string;
  const diff = await cli.run(["versions", "/a", "diff", id]);
  expect(diff.out).toBe(`--- ${id}\n+++ current\n@@ -1,1 +1,1 @@\n-a,1\n+a,2\n`);
  const done = await cli.run(["versions", "/a", "rollback", id]);
  expect(done.out).toMatch(new RegExp(`^Rolled back: /a to ${id}, fresh until \\S+Z\n`));
  await vi.waitFor(async () => expect((await front.ask("/a")).text).toBe("a,1\n"));
  const json = await cli.run(["versions", "/a", "list", "--json"]);
  expect(JSON.parse(json.out).versions).toHaveLength(3);
});

test(
  "a version that is not kept exits with 1, one that is not named with 64",
  PATIENCE,
  async () => {
    await using cli = await startCacheCli();
    await stored(cli.front, "/a");
    const unknown = await cli.run(["versions", "/a", "rollback", "nope"]);
    expect(unknown).toMatchObject({
      code: 1,
      err: expect.stringContaining("No version of that name"),
    });
    const unnamed = await cli.run(["versions", "/a", "rollback"]);
    expect(unnamed).toMatchObject({ code: 64, err: expect.stringContaining("version must name") });
    const none = await cli.run(["versions", "/a"]);
    expect(none.out).toContain("Its route keeps no versions");
  },
);
