/** The site of reports as it is started in earnest: web and worker in a process, over a Redis, with a GitHub of our own. */

import { type GitHubServer, startGitHub } from "./github.ts";
import { freePort } from "./ports.ts";
import { startProcess, type TestProcess } from "./process.ts";
import { startRedis, type TestRedis } from "./redis.ts";

export interface ReportSite extends AsyncDisposable {
  readonly github: GitHubServer;
  readonly redis: TestRedis;
  readonly process: TestProcess;
  /** Where visitors reach it. */
  readonly origin: string;
}

/** `env`: more settings; `PUBLIC_URL` says where visitors reach it when it is not the process itself. */
export async function startReportSite(
  env: Readonly<Record<string, string>> = {},
): Promise<ReportSite> {
  const github = await startGitHub();
  const redis = await startRedis();
  // Visitors come back from GitHub to a port that is known beforehand.
  const port = await freePort();
  const process = await startProcess({
    entry: "main",
    env: {
      LISTEN_PORT: String(port),
      REDIS_URL: redis.url,
      WARMFRONT_SECRET_KEY: Buffer.alloc(32, 7).toString("base64"),
      GITHUB_API_URL: github.url,
      GITHUB_OAUTH_URL: github.url,
      GITHUB_OAUTH_CLIENT_ID: github.clientId,
      GITHUB_OAUTH_CLIENT_SECRET: github.clientSecret,
      ...env,
    },
  });
  return {
    ...{ github, redis, process },
    origin: env.PUBLIC_URL ?? `http://localhost:${port}`,
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]();
      await redis.stop();
      await github[Symbol.asyncDispose]();
    },
  };
}
