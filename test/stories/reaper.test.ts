/** The pages server wrote mappings, some owners have left: what the schedule and an operator do about it. */
import { expect, test } from "vitest";
import { startCli } from "../cli/reap-process.ts";
import { startProcess } from "../helpers/process.ts";
import { sharedRedis } from "../helpers/redis.ts";
import { registered, shown } from "../mappings/plugin.ts";
import { ADMIN } from "../mappings/start-reaper.ts";

const LIVE = registered({ domain: "www.example.com", user: "alice", repo: "blog" });
const DEAD = registered({ domain: "old.example.org", user: "bob", repo: "gone" });

test("a worker reaps on schedule, and an operator puts back what it removed", async () => {
  await using cli = await startCli();
  const { pages, forge } = cli.world;
  forge.repositories.set("alice/blog", { file: "custom_domain: www.example.com" });
  await pages.write(LIVE, DEAD);
  const env = {
    REDIS_URL: (await sharedRedis()).url,
    PAGES_REDIS_URL: pages.server.url,
    FORGEJO_HOST: forge.url,
    FORGEJO_TOKEN: ADMIN,
  };
  await using worker = await startProcess({
    entry: "worker",
    env: { ...env, REAP_MODE: "apply", REAP_SCHEDULE: "* * * * * *" },
  });
  await worker.logged(({ msg }) => msg === "Schedule set");
  const done = await worker.logged(({ msg, job }) => msg === "Job completed" && job === "reap");
  const [first] = done.runs as { run: string }[];
  expect(first).toMatchObject({ outcome: "finished", mode: "apply", scanned: 2, cleaned: 1 });
  expect(await pages.all()).toEqual(shown(LIVE));
  worker.kill("SIGTERM");
  expect((await worker.ended).code).toBe(0);

  const mine = { ...env, REDIS_HOST: "", REDIS_PORT: "", DATA_DIR: "" };
  expect((await cli.run(["runs"], mine)).out).toContain(first?.run);
  expect(await cli.run(["undo", first?.run ?? ""], mine)).toMatchObject({
    code: 0,
    out: "Put back 1 mapping with 9 keys.\n",
  });
  expect(await pages.all()).toEqual(shown(LIVE, DEAD));
});
