/** GitHub as far as signing in goes: the authorize page, the trade of a code for a token (with PKCE), and whose token it is. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SignInServer extends AsyncDisposable {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who sits at the browser. */
  user: { id: number; login: string };
  /** What the person does on the authorize page; `break`: the token endpoint fails. */
  mood: "allow" | "deny" | "break";
  /** Tokens that were given and hold. */
  readonly tokens: Set<string>;
  /** Queries of the authorize page so far. */
  readonly asked: URLSearchParams[];
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
}

export async function startSignInServer(): Promise<SignInServer> {
  const grants = new Map<string, Grant>();
  const server = createServer((req, res) => void answer(req, res));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const world: SignInServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: "Iv1.client",
    clientSecret: "client-s3cret",
    user: { id: 583231, login: "octocat" },
    mood: "allow",
    tokens: new Set(),
    asked: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(req.url ?? "/", world.url);
    if (pathname === "/login/oauth/authorize") return authorize(res, searchParams);
    if (pathname === "/login/oauth/access_token") return trade(res, await formOf(req));
    if (pathname === "/user") return tellUser(res, req.headers.authorization);
    res.writeHead(404).end();
  }
  function authorize(res: ServerResponse, query: URLSearchParams): void {
    world.asked.push(query);
    const back = new URL(query.get("redirect_uri") ?? "");
    const state = query.get("state") ?? "";
    if (world.mood === "deny") {
      back.search = `${new URLSearchParams({ error: "access_denied", state })}`;
    } else {
      const code = randomBytes(10).toString("hex");
      const challenge = query.get("code_challenge") ?? "";
      grants.set(code, { challenge, redirectUri: query.get("redirect_uri") ?? "" });
      back.search = `${new URLSearchParams({ code, state })}`;
    }
    res.writeHead(302, { Location: back.href }).end();
  }
  function trade(res: ServerResponse, form: URLSearchParams): void {
    if (world.mood === "break") return void res.writeHead(502).end("<html>");
    const grant = grants.get(form.get("code") ?? "");
    grants.delete(form.get("code") ?? "");
    const verifier = form.get("code_verifier") ?? "";
    const isRight =
      grant?.challenge === createHash("sha256").update(verifier).digest("base64url") &&
      grant.redirectUri === form.get("redirect_uri") &&
      form.get("client_id") === world.clientId &&
      form.get("client_secret") === world.clientSecret;
    if (!isRight) {
      json(res, 200, { error: "bad_verification_code" });
      return;
    }
    const token = `gho_${randomBytes(18).toString("hex")}`;
    world.tokens.add(token);
    json(res, 200, { access_token: token, token_type: "bearer", scope: "read:user" });
  }
  function tellUser(res: ServerResponse, authorization = ""): void {
    const holds = world.tokens.has(authorization.replace(/^Bearer /, ""));
    if (holds) json(res, 200, { ...world.user, name: "The Octocat" });
    else json(res, 401, { message: "Bad credentials" });
  }
  return world;
}

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

async function formOf(req: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of req) text += chunk;
  return new URLSearchParams(text);
}
