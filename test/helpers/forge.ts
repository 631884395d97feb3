import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenLocally } from "./ports.ts";

/** A repository of the fake forge. */
export interface FakeRepository {
  /** Content of `.pages` on the default branch; absent when there is no such file. */
  readonly file?: string;
  /** Shown only to tokens of administrators, and to its owner's. */
  readonly private?: boolean;
  /** `user/repo` under which it lives now. */
  readonly renamedTo?: string;
  /** What stands at `.pages` instead of a file. */
  readonly instead?: "folder" | "symlink" | "submodule";
  /** The code cannot be read with our token. */
  readonly unreadable?: boolean;
}

export interface FakeToken {
  readonly login: string;
  readonly admin?: boolean;
  /** May read repositories, but not users. */
  readonly repositoriesOnly?: boolean;
}

/** What a forge knows, by `user/repo` and by token. */
export interface ForgeWorld {
  readonly repositories: Map<string, FakeRepository>;
  readonly tokens: Map<string, FakeToken>;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a forge, or what stands before it, can fail. */
export const MISBEHAVIOURS = {
  unauthorized: () => apiError(401, "invalid username, password or token"),
  forbidden: () => apiError(403, "token does not have at least one of required scope(s)"),
  "forbidden-by-firewall": () => html(403, "Access denied"),
  "busy-429": () => ({ ...html(429, "Slow down"), headers: { "retry-after": "0" } }),
  "error-500": () => apiError(500, ""),
  "bad-gateway": () => html(502, "Bad Gateway"),
  "login-page": () => html(200, "<form>Sign in</form>"),
  "html-404": () => html(404, "Not Found"),
  "gateway-404": () => json(404, { message: "no Route matched with those values" }),
  "null-404": () => json(404, null),
  "empty-object": () => json(200, {}),
  "not-json": () => ({ status: 200, headers: { "content-type": "application/json" }, body: "{" }),
  "redirect-elsewhere": () => redirect("http://127.0.0.2:9/api/v1/version"),
  "redirect-loop": () => redirect("?again"),
} satisfies Record<string, () => FakeAnswer>;

/** Those above, and those that need a socket to fail on. */
export type Misbehaviour = keyof typeof MISBEHAVIOURS | "hang" | "reset" | "cut" | "endless";

/** The answer of a well Forgejo to a GET. `path` starts with `/api/v1`. */
export function answerOf(world: ForgeWorld, path: string, token: string | undefined): FakeAnswer {
  const who = token === undefined ? undefined : world.tokens.get(token);
  if (token !== undefined && who === undefined) return MISBEHAVIOURS.unauthorized();
  if (path === "/api/v1/version") return json(200, { version: "12.0.4+gitea-1.22.0" });
  if (path === "/api/v1/user") return answerUser(who);
  const [, name = "", rest = ""] =
    /^\/api\/v1\/repos\/([^/]+\/[^/]+)(\/contents\/\.pages)?$/.exec(path) ?? [];
  const decoded = decodeURIComponent(name);
  const repository = world.repositories.get(decoded);
  if (repository === undefined || !mayRead(repository, decoded, who)) return NOT_FOUND;
  if (repository.renamedTo !== undefined)
    return redirect(`/api/v1/repos/${repository.renamedTo}${rest}`);
  if (rest === "") return json(200, describe(decoded, repository));
  return repository.unreadable === true ? MISBEHAVIOURS.forbidden() : answerContents(repository);
}

const SWAGGER = "https://git.example/api/swagger";
const NOT_FOUND = json(404, {
  errors: null,
  message: "The target couldn't be found.",
  url: SWAGGER,
});

function mayRead({ private: hidden }: FakeRepository, name: string, who: FakeToken | undefined) {
  return hidden !== true || who?.admin === true || who?.login === name.split("/")[0];
}

function answerUser(who: FakeToken | undefined): FakeAnswer {
  if (who === undefined) return apiError(401, "token is required");
  if (who.repositoriesOnly === true) return MISBEHAVIOURS.forbidden();
  return json(200, { id: 7, login: who.login, is_admin: who.admin === true });
}

function describe(name: string, { private: hidden }: FakeRepository) {
  const [owner, repo] = name.split("/");
  return {
    id: 1,
    name: repo,
    full_name: name,
    owner: { login: owner },
    private: hidden === true,
    default_branch: "main",
  };
}

function answerContents({ file, instead }: FakeRepository): FakeAnswer {
  const entry = { name: ".pages", path: ".pages", sha: "c1a5", type: "file" };
  if (instead === "folder") return json(200, [{ ...entry, name: "x", path: ".pages/x", size: 1 }]);
  if (instead !== undefined) return json(200, { ...entry, type: instead, size: 4, content: null });
  if (file === undefined) return NOT_FOUND;
  const bytes = Buffer.from(file);
  // Some versions break the lines of long contents.
  const content = bytes.toString("base64").replaceAll(/(.{60})/g, "$1\n");
  return json(200, { ...entry, size: bytes.length, encoding: "base64", content });
}

function json(status: number, body: unknown): FakeAnswer {
  const headers = { "content-type": "application/json;charset=utf-8" };
  return { status, headers, body: JSON.stringify(body) };
}

function html(status: number, body: string): FakeAnswer {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

function apiError(status: number, message: string): FakeAnswer {
  return json(status, { message, url: SWAGGER });
}

function redirect(location: string): FakeAnswer {
  return { status: 307, headers: { location, "content-type": "text/html" }, body: "" };
}

export interface FakeForge extends ForgeWorld, AsyncDisposable {
  readonly url: string;
  /** Paths asked for so far. */
  readonly requests: string[];
  /** Decides for each request, numbered from 1, how it is answered; undefined: well. */
  behave: (path: string, number: number) => Misbehaviour | undefined | Promise<undefined>;
}

/** A Forgejo on a free port of 127.0.0.1, which answers as the real one does, or as told. */
export async function startForge(): Promise<FakeForge> {
  const server = createServer((request, response) => void serve(forge, request, response));
  const port = await listenLocally(server);
  const forge: FakeForge = {
    url: `http://127.0.0.1:${port}`,
    repositories: new Map(),
    tokens: new Map(),
    requests: [],
    behave: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return forge;
}

async function serve(forge: FakeForge, request: IncomingMessage, response: ServerResponse) {
  const path = request.url ?? "";
  const number = forge.requests.push(path);
  const behaviour = await forge.behave(path, number);
  if (behaviour === "hang") return;
  if (behaviour === "reset") return request.socket.destroy();
  if (behaviour === "cut") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    return response.write('{"type":"file"', () => request.socket.destroy());
  }
  if (behaviour === "endless") {
    response.writeHead(200, { "content-type": "application/json" });
    return pour(response);
  }
  const token = /^token (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const answer = behaviour ? MISBEHAVIOURS[behaviour]() : answerOf(forge, path, token);
  response.writeHead(answer.status, answer.headers);
  response.end(answer.body);
}

function pour(response: ServerResponse): void {
  const chunk = `${" ".repeat(65_535)}\n`;
  const more = () => {
    while (response.write(chunk));
  };
  response.on("drain", more).on("error", () => undefined);
  more();
}
