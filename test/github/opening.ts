/** A client of GitHub's API, and a GitHub of our own to ask. */
import { generateKeyPairSync } from "node:crypto";
import { type ClientOptions, createClient } from "../../src/github/client.ts";
import { appCredential } from "../../src/github/credentials.ts";
import { fetchOver } from "../../src/github/fetch.ts";
import { createSender } from "../../src/github/send.ts";
import { createGitHubStore } from "../../src/github/store.ts";
import { createLogger } from "../../src/logger.ts";
import { createBudgets } from "../../src/sources/budget.ts";
import { createTestCache } from "../../src/values/testing.ts";
import { startGitHub } from "../helpers/github.ts";

export async function openGitHub() {
  const github = await startGitHub();
  const sender = createSender({ apiUrl: github.url });
  const budgets = createBudgets({ logger: createLogger({ level: "silent", pretty: false }) });
  const { cache } = createTestCache();
  const open = (options: Partial<ClientOptions> = {}) =>
    createClient({
      apiUrl: github.url,
      sender,
      budget: budgets.of(github.url),
      store: createGitHubStore(cache),
      credentials: [],
      signal: new AbortController().signal,
      longestWaitMs: 50,
      retryMs: 1,
      ...options,
    });
  return {
    github,
    open,
    client: open(),
    /** The credential of an app's installation. */
    app: (privateKey = rsaKey()) =>
      appCredential(
        { id: "1", installationId: "2", privateKey },
        github.url,
        fetchOver(sender.send),
      ),
    async [Symbol.asyncDispose]() {
      await sender.close();
      budgets.close();
      await cache.close();
      await github[Symbol.asyncDispose]();
    },
  };
}

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
