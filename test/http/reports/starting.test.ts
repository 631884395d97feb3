import { expect, test } from "vitest";
import { startOrigin } from "../../helpers/origin.ts";
import { runToEnd, startProcess } from "../../helpers/process.ts";
import { sharedRedis } from "../../helpers/redis.ts";

const HTML = { headers: { accept: "text/html" } };
const OAUTH = { GITHUB_OAUTH_CLIENT_ID: "Iv1.client", GITHUB_OAUTH_CLIENT_SECRET: "s3cret" };

test("a server that is told nothing of GitHub has no pages, and its routes have every path", async () => {
  const { url } = await sharedRedis();
  await using origin = await startOrigin();
  await using server = await startProcess({
    entry: "main",
    env: { REDIS_URL: url, BACKEND_URL: origin.url },
  });
  origin.answers({ body: "of the source" });
  for (const path of ["/", "/user/github/octocat", "/auth/login"])
    expect((await server.ask(path, HTML)).text).toBe("of the source");
});

test("pages without sign-in need neither GitHub nor a key, and take their own paths alone from the routes", async () => {
  const { url } = await sharedRedis();
  await using origin = await startOrigin();
  await using server = await startProcess({
    entry: "main",
    env: { REDIS_URL: url, BACKEND_URL: origin.url, SITE_ENABLED: "true" },
  });
  origin.answers({ body: "of the source" });
  expect((await server.ask("/", HTML)).text).toContain("Signing in is not set up here");
  expect((await server.ask("/user/github/octocat", HTML)).status).toBe(404);
  expect(await server.ask("/auth/login", HTML)).toMatchObject({
    status: 404,
    text: expect.stringContaining("Nobody can sign in here"),
  });
  for (const path of ["/user", "/api/other", "/privacy/x", "/user/githubber"])
    expect((await server.ask(path, HTML)).text, path).toBe("of the source");
});

test("signing in over a Redis of others needs a key, and the start says which", async () => {
  const { url } = await sharedRedis();
  const { code, errors } = await runToEnd({ entry: "main", env: { REDIS_URL: url, ...OAUTH } });
  expect(code).not.toBe(0);
  expect(errors).toContain("WARMFRONT_SECRET_KEY");
});
