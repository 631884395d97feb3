/** A configuration of cachish, and sources that come and go. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { startOrigin } from "../helpers/origin.ts";
import { startProcess } from "../helpers/process.ts";

const sample = await readFile(new URL("../fixtures/cachish.yml", import.meta.url), "utf8");
const bearer = (token: string) => ({ headers: { Authorization: `Bearer ${token}` } });
const app = bearer("app-canary-2222");
const other = bearer("other-canary-3333");

/** The sample with sources on this machine, in a working folder. */
async function world(originUrl: string) {
  const folder = await mkdtemp(join(tmpdir(), "warmfront-items-"));
  const yaml = sample
    .replaceAll(/https:\/\/(?:api|vault)\.example\.org/g, originUrl)
    .replace("app: example-app", `app: example-app\n      base_url: ${originUrl}`)
    .replace("/var/cache/cachish", join(folder, "copies"))
    .replace("WARNING", "INFO");
  await writeFile(join(folder, "cachish.yml"), yaml);
  return {
    folder,
    env: { CACHISH_CONFIG_FILE: "cachish.yml" },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 20 }),
  };
}

test("a small token reads the newest database URL that was ever good, also over a restart with the source down", async () => {
  await using origin = await startOrigin();
  await using w = await world(origin.url);
  origin.answers(JSON.stringify({ DATABASE_URL: "postgres://canary-1", OTHER: "hidden" }));
  {
    await using process = await startProcess({ entry: "main", ...w });
    const first = await process.ask("/heroku/database-url", app);
    expect(first).toMatchObject({ status: 200, text: '{"DATABASE_URL":"postgres://canary-1"}' });
    expect(first.headers).toMatchObject({
      "content-type": "application/json",
      "x-cache": "miss",
      age: "0",
      "cache-status": "warmfront; fwd=uri-miss; fwd-status=200; ttl=0; stored",
    });
    expect(origin.requests[0]).toMatchObject({
      method: "GET",
      url: "/apps/example-app/config-vars",
    });
    expect(origin.requests[0]?.headers).toMatchObject({
      authorization: "Bearer heroku-canary-0000",
      accept: "application/vnd.heroku+json; version=3",
    });

    origin.answers(JSON.stringify({ DATABASE_URL: "postgres://canary-2" }));
    const second = await process.ask("/heroku/database-url?anything", app);
    expect(second.text).toBe('{"DATABASE_URL":"postgres://canary-2"}');
    await vi.waitFor(async () => expect(await readdir(join(w.folder, "copies"))).toHaveLength(1));
    await origin.stop();
    const third = await process.ask("/heroku/database-url", app);
    expect(third).toMatchObject({ status: 200, text: second.text });
    expect(third.headers["x-cache"]).toBe("hit");
    expect(third.cacheStatus).toMatch(/^warmfront; hit; ttl=-?\d+; detail=source-failed$/);
    process.kill("SIGTERM");
    await process.ended;
  }
  {
    await using process = await startProcess({ entry: "main", ...w });
    const fourth = await process.ask("/heroku/database-url", app);
    expect(fourth).toMatchObject({ status: 200, text: '{"DATABASE_URL":"postgres://canary-2"}' });
    expect(await process.ask("/json/public")).toMatchObject({
      status: 503,
      text: "Upstream failure",
    });

    await origin.start();
    await vi.waitFor(async () => {
      origin.answers(JSON.stringify({ DATABASE_URL: "postgres://canary-3" }));
      expect((await process.ask("/heroku/database-url", app)).text).toContain("canary-3");
    });
    expect(JSON.stringify(process.lines)).not.toMatch(/canary/);
  }
});

test("clients get what their tokens are for, and everybody what is public", async () => {
  await using origin = await startOrigin();
  await using w = await world(origin.url);
  origin.answers(JSON.stringify({ alpha: 1, beta: [2], gamma: 3, secret: "s" }));
  await using process = await startProcess({ entry: "main", ...w });
  const statusOf = async (path: string, options = {}) => (await process.ask(path, options)).status;
  expect(await statusOf("/json/public")).toBe(200);
  expect((await process.ask("/json/pair", other)).text).toBe('{"alpha":1,"beta":[2]}');
  expect((await process.ask("/hawk/secret", other)).text).toBe('{"secret":"s"}');
  expect(origin.requests.at(-1)?.headers.authorization).toMatch(
    /^Hawk id="hawk-id", ts="\d+", nonce="[\w-]+", hash="[\w+/=]+", mac="[\w+/=]+"$/,
  );
  expect(await statusOf("/json/pair", app)).toBe(403);
  expect(await statusOf("/heroku/database-url", other)).toBe(403);
  expect(await statusOf("/json/pair")).toBe(401);
  expect(await statusOf("/json")).toBe(404);
  expect(await statusOf("/json/pair/x", other)).toBe(404);
});

test("copies on the disk are sealed, and only this user may read them", async () => {
  await using origin = await startOrigin();
  await using w = await world(origin.url);
  origin.answers(JSON.stringify({ DATABASE_URL: "postgres://canary" }));
  await using process = await startProcess({ entry: "main", ...w });
  await process.ask("/heroku/database-url", app);
  const name = createHash("sha256").update("/heroku/database-url").digest("hex");
  const file = join(w.folder, "copies", `${name}.item`);
  await vi.waitFor(async () => expect((await stat(file)).mode & 0o777).toBe(0o400));
  expect(String(await readFile(file))).not.toContain("canary");
});

test("settings are read again on SIGHUP; while they are not valid the old ones stay", async () => {
  await using origin = await startOrigin();
  await using w = await world(origin.url);
  origin.answers(JSON.stringify({ alpha: 1, beta: 2, DATABASE_URL: "postgres://canary" }));
  await using process = await startProcess({ entry: "main", ...w });
  const file = join(w.folder, "cachish.yml");
  const before = await readFile(file, "utf8");
  expect((await process.ask("/json/pair", other)).status).toBe(200);

  await writeFile(file, before.replace("module: Heroku", "module: Canary"));
  process.kill("SIGHUP");
  await process.logged(({ msg = "" }) => msg.startsWith("The new settings are not valid"));
  expect((await process.ask("/heroku/database-url", app)).status).toBe(200);

  await writeFile(
    file,
    before.replace("other-canary-3333", "next-canary").replace("/json/pair", "/json/two"),
  );
  process.kill("SIGHUP");
  await process.logged(({ msg }) => msg === "Items read again");
  expect((await process.ask("/json/two", other)).status).toBe(403);
  expect((await process.ask("/json/two", bearer("next-canary"))).status).toBe(200);
  expect((await process.ask("/json/pair", bearer("next-canary"))).status).toBe(404);
  expect(JSON.stringify(process.lines)).not.toMatch(/canary/i);
});
