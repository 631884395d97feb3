/** GitHub as far as reports go, in its real shapes: search, files, repositories, stars, users, limits, ETags, and signing in. */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { answerOf } from "./github-api.ts";
import { addPulls, createData, type GitHubData } from "./github-data.ts";
import { createSignIn } from "./github-sign-in.ts";
import { listenLocally } from "./ports.ts";

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Breaks off in the middle, or never comes. */
  readonly broken?: "truncated" | "silent";
}

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string;
  readonly body: string;
}

export interface Limit {
  most: number;
  used: number;
  resetAt: number;
}

export interface GitHubServer extends AsyncDisposable {
  /** Of the web pages; the API is below the same address. */
  readonly url: string;
  readonly data: GitHubData;
  /** Tokens that are accepted; with none, every one is, and nobody needs one. */
  readonly tokens: Set<string>;
  /** Questions so far, and how many of them counted. */
  readonly asked: Asked[];
  counted(): number;
  /** By resource: `core`, `search`, `graphql`. */
  readonly limits: Record<string, Limit>;
  /** Answers instead, when it gives something; the answer waits for it. */
  intercept: (asked: Asked) => Reply | undefined | Promise<Reply | undefined>;
  /** Who sits at the browser, and what the person does on the authorize page; `break`: codes are good for nothing. */
  user: { id: number; login: string };
  mood: "allow" | "deny" | "break";
  /** Queries of the authorize page so far. */
  readonly authorized: URLSearchParams[];
  readonly clientId: string;
  readonly clientSecret: string;
}

const HOUR_MS = 3_600_000;

export async function startGitHub(port = 0): Promise<GitHubServer> {
  const server = createServer((req, res) => void serve(req, res));
  const listensOn = await listenLocally(server, port);
  let counted = 0;
  const limit = (most: number): Limit => ({ most, used: 0, resetAt: Date.now() + HOUR_MS });
  const world: GitHubServer = {
    url: `http://127.0.0.1:${listensOn}`,
    data: createData(),
    tokens: new Set(),
    asked: [],
    counted: () => counted,
    // GitHub allows 30 searches a minute; tests that are about it say so.
    limits: { core: limit(5_000), search: limit(1_000), graphql: limit(5_000) },
    intercept: () => undefined,
    user: { id: 583231, login: "octocat" },
    mood: "allow",
    authorized: [],
    clientId: "Iv1.client",
    clientSecret: "client-s3cret",
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  const signIn = createSignIn(world);
  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? "/", world.url);
    const { method = "GET", headers } = req;
    const body = await textOf(req);
    if (url.pathname.startsWith("/login/oauth/")) return send(res, signIn(url, body));
    const asked = { method, url, authorization: headers.authorization ?? "", body };
    world.asked.push(asked);
    const [resource, own] = limitOf(url);
    const reply = (await world.intercept(asked)) ?? refusal(asked, own) ?? answerOf(world, asked);
    const etag = `W/"${createHash("sha256").update(JSON.stringify(reply.body)).digest("hex")}"`;
    const isSame = reply.status === 200 && headers["if-none-match"] === etag;
    if (!isSame) {
      own.used++;
      counted++;
    }
    const fields = { ...limitFields(resource, own), ...(reply.status === 200 && { etag }) };
    send(res, {
      ...reply,
      ...(isSame && { status: 304 }),
      headers: { ...fields, ...reply.headers },
    });
  }
  function limitOf({ pathname }: URL): [string, Limit] {
    const name = pathname.startsWith("/search/") ? "search" : pathname.slice(1);
    const resource = name in world.limits ? name : "core";
    return [resource, world.limits[resource] as Limit];
  }
  function refusal({ authorization }: Asked, own: Limit): Reply | undefined {
    const token = authorization.replace(/^(?:Bearer|token) /, "");
    if (world.tokens.size > 0 && !world.tokens.has(token))
      return { status: 401, body: { message: "Bad credentials", documentation_url: "" } };
    if (Date.now() >= own.resetAt) Object.assign(own, limit(own.most));
    if (own.used < own.most) return undefined;
    return { status: 403, body: { message: "API rate limit exceeded for user ID 1." } };
  }
  return world;
}

function limitFields(resource: string, { most, used, resetAt }: Limit): Record<string, string> {
  return {
    "x-ratelimit-limit": String(most),
    "x-ratelimit-remaining": String(Math.max(0, most - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(Math.ceil(resetAt / 1_000)),
    "x-ratelimit-resource": resource,
    "x-github-request-id": randomBytes(8).toString("hex"),
  };
}

function send(res: ServerResponse, { status, body, headers, broken }: Reply): void {
  if (broken === "silent") return;
  const text = status === 304 || body === undefined ? "" : JSON.stringify(body);
  res.writeHead(status, {
    "Content-Type": "application/json; charset=utf-8",
    ...headers,
    ...(broken === "truncated" && { "Content-Length": Buffer.byteLength(text) }),
  });
  if (broken !== "truncated") return void res.end(text);
  res.write(text.slice(0, Math.floor(text.length / 2)), () => res.destroy());
}

async function textOf(req: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of req) text += chunk;
  return text;
}

// As a process of its own: `tsx test/helpers/github.ts PORT` serves 100 pull requests of octocat.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const world = await startGitHub(Number(process.argv[2] ?? 0));
  addPulls(world.data, { count: 100 });
  process.stdout.write(`${world.url}\n`);
}
