import { expect, test } from "vitest";
import { configOf, faultsIn } from "../helpers/configuration.ts";

const APP = { GITHUB_OAUTH_CLIENT_ID: "id", GITHUB_OAUTH_CLIENT_SECRET: "s3cret" };

test("without an app at GitHub there are no pages of reports", async () => {
  expect((await configOf({})).site).toBeUndefined();
  expect((await configOf({ env: { SITE_ENABLED: "true" } })).site).toMatchObject({
    origin: "http://localhost:8888",
  });
});

test("an app at GitHub switches the pages on, with the least of scopes, unlisted and without analytics", async () => {
  const { site } = await configOf({ env: APP });
  expect(site).toEqual({
    origin: "http://localhost:8888",
    indexed: false,
    optOut: [],
    staleAfterMs: 86_400_000,
    reportsPerHour: 30,
    apiUrl: "https://api.github.com",
    session: { lifeMs: 30 * 86_400_000, idleMs: 7 * 86_400_000 },
    oauth: {
      url: "https://github.com",
      clientId: "id",
      clientSecret: "s3cret",
      scopes: ["read:user"],
    },
  });
  expect((await configOf({ env: { ...APP, SITE_ENABLED: "no" } })).site).toBeUndefined();
});

test("the variables of GitBrag work as they were", async () => {
  const { site } = await configOf({
    env: {
      GITHUB_APP_CLIENT_ID: "id",
      GITHUB_APP_CLIENT_SECRET: "s3cret",
      OAUTH_CALLBACK_URL: "https://brag.example.org/auth/callback",
      OAUTH_SCOPES: "read:user user:email",
      SESSION_MAX_AGE: "86400",
      REPORT_CACHE_STALE_AGE: "3600",
      EXAMPLE_USERNAME: "octocat",
    },
  });
  expect(site).toMatchObject({
    origin: "https://brag.example.org",
    oauth: { clientId: "id", clientSecret: "s3cret", scopes: ["read:user", "user:email"] },
    session: { lifeMs: 86_400_000 },
    staleAfterMs: 3_600_000,
    example: "octocat",
  });
});

test.each([
  ["http://reports.example.org", "https"],
  ["https://reports.example.org/path", "without a path"],
  ["https://u:p@reports.example.org", "without a path"],
  ["ftp://reports.example.org", "without a path"],
  ["reports.example.org", "without a path"],
])("%s is no public address", async (url, fault) => {
  expect((await faultsIn({ env: { PUBLIC_URL: url } })).join()).toContain(fault);
});

test.each(["http://localhost:8888", "http://127.0.0.1:1", "http://[::1]:8888"])(
  "over plain http only this machine is reached: %s",
  async (url) => {
    expect((await configOf({ env: { ...APP, PUBLIC_URL: url } })).site?.origin).toBe(url);
  },
);

test("half an app is a fault, and the secret is not in it", async () => {
  const faults = (await faultsIn({ env: { GITHUB_OAUTH_CLIENT_SECRET: "s3cret" } })).join();
  expect(faults).toContain("client_id and client_secret");
  expect(faults).not.toContain("s3cret");
});
