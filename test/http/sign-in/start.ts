/** Signing in alone, over a real Redis and HTTP, and a browser as far as cookies and redirects go. */
import { createServer } from "node:http";
import express from "express";
import { pino } from "pino";
import { createOAuth } from "../../../src/github/oauth.ts";
import { ownerOf } from "../../../src/github/token-owner.ts";
import { createCookies } from "../../../src/http/sign-in/cookies.ts";
import { CALLBACK_PATH, createSignInRouter } from "../../../src/http/sign-in/routes.ts";
import { createWho } from "../../../src/http/sign-in/who.ts";
import { connectForRequests, whenReady } from "../../../src/redis/connect.ts";
import { createSealer } from "../../../src/store/seal.ts";
import { createSessions } from "../../../src/store/sessions.ts";
import { type GitHubServer, startGitHub } from "../../helpers/github.ts";
import { listenLocally } from "../../helpers/ports.ts";
import { sharedRedis } from "../../helpers/redis.ts";

export async function startSignIn(target?: { readonly url: string }) {
  const github = await startGitHub();
  const { url } = target ?? (await sharedRedis());
  const lines: string[] = [];
  const logger = pino({}, { write: (line: string) => lines.push(line) });
  const client = connectForRequests(
    { kind: "url", url },
    { role: "queue", budgetMs: 2_000, logger },
  );
  await whenReady(client, 5_000);
  let offset = 0;
  const now = () => Date.now() + offset;
  const sealer = createSealer([Buffer.alloc(32, 7)]);
  const sessions = createSessions({ client, sealer, lifeMs: 3_600_000, idleMs: 600_000, now });
  const cookies = createCookies({ secure: false });
  const whoOf = createWho(sessions, cookies.session);
  const app = express();
  const server = createServer(app);
  const origin = `http://127.0.0.1:${await listenLocally(server)}`;
  app.use(
    createSignInRouter({
      oauth: createOAuth({ ...github, scopes: ["read:user"] }, origin + CALLBACK_PATH),
      ownerOf: (token) => ownerOf(token, github.url),
      ...{ sessions, cookies, sealer, whoOf, origin, lifeMs: 3_600_000, logger, now },
      fail: (_req, res, problem) => void res.status(problem.status).send(problem.type),
    }),
  );
  app.get("/who", async (req, res) => {
    const { session } = await whoOf(req);
    res.json(session ?? null);
  });
  return {
    ...{ github, origin, client, lines, sessions },
    advance: (ms: number) => {
      offset += ms;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      client.disconnect();
      await github[Symbol.asyncDispose]();
    },
  };
}

/** Keeps cookies, follows no redirect by itself. */
export function createClient(origin: string) {
  const jar = new Map<string, string>();
  const ask = async (target: string, init: RequestInit = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(target, origin), {
      redirect: "manual",
      ...init,
      headers: { ...(cookie && { cookie }), ...(init.headers as Record<string, string>) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    const location = response.headers.get("location") ?? undefined;
    return {
      status: response.status,
      text: await response.text(),
      location,
      headers: response.headers,
    };
  };
  const post = (
    target: string,
    form: Record<string, string>,
    headers: Record<string, string> = {},
  ) => ask(target, { method: "POST", body: new URLSearchParams(form), headers });
  return { jar, ask, post };
}

export type Client = ReturnType<typeof createClient>;

/** Begins a sign-in and lets the person decide; resolves with where GitHub sends the browser back to. */
export async function throughGitHub(client: Client, returnTo?: string): Promise<string> {
  const query = returnTo === undefined ? "" : `?${new URLSearchParams({ return_to: returnTo })}`;
  const { location } = await client.ask(`/auth/login${query}`);
  const decided = await fetch(location as string, { redirect: "manual" });
  return decided.headers.get("location") as string;
}

/** A client that is signed in as whoever sits at the browser. */
export async function signedIn(world: { origin: string; github: GitHubServer }, returnTo?: string) {
  const client = createClient(world.origin);
  const { status, location } = await client.ask(await throughGitHub(client, returnTo));
  return { ...client, status, location };
}
