import { expect, test } from "vitest";
import { tokenCredential } from "../../src/github/credentials.ts";
import { fetchUser } from "../../src/github/profile.ts";
import { openGitHub } from "./opening.ts";

test("an app asks with a token of its installation, which it fetches once", async () => {
  await using world = await openGitHub();
  const { github } = world;
  const client = world.open({ credentials: [world.app()] });
  await fetchUser(client, "octocat");
  await fetchUser(client, "octocat");
  expect(github.asked.map(({ method, url }) => `${method} ${url.pathname}`)).toEqual([
    "POST /app/installations/2/access_tokens",
    "GET /users/octocat",
    "GET /users/octocat",
  ]);
  expect(github.asked.at(-1)?.authorization).toBe("Bearer ghs_installation");
});

test.each([
  [
    "is not installed any more",
    { status: 404, body: { message: "Integration not found" } },
    undefined,
  ],
  ["has a key that GitHub does not take", { status: 401, body: { message: "Bad key" } }, undefined],
  [
    "has a key that is none",
    undefined,
    "-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----",
  ],
])(
  "where an app %s, what else there is is asked with, and alone it is told as refused",
  async (_, reply, key) => {
    await using world = await openGitHub();
    const { github } = world;
    github.intercept = ({ url }) => (url.pathname.startsWith("/app/") ? reply : undefined);
    const app = world.app(key);
    const both = world.open({ credentials: [app, tokenCredential("ghp_ours")] });
    expect(await fetchUser(both, "octocat")).toMatchObject({ login: "octocat" });
    expect(github.asked.at(-1)?.authorization).toBe("Bearer ghp_ours");
    const alone = world.open({ credentials: [app] });
    await expect(fetchUser(alone, "octocat")).rejects.toMatchObject({ fault: "unauthorized" });
  },
);

test("without any credential GitHub is asked without", async () => {
  await using world = await openGitHub();
  expect(world.client.anonymous).toBe(true);
  await fetchUser(world.client, "octocat");
  expect(world.github.asked[0]?.authorization).toBe("");
});

test("two tokens have limits of their own, and names that tell nothing of them", () => {
  const names = ["ghp_one", "ghp_two"].map((token) => tokenCredential(token).name);
  expect(new Set(names).size).toBe(2);
  expect(names.join()).not.toMatch(/ghp|one|two/);
});
