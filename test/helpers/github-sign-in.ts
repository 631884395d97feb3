/** Signing in on the fake GitHub: the authorize page, and the trade of a code for a token (with PKCE). */
import { createHash, randomBytes } from "node:crypto";
import type { GitHubServer, Reply } from "./github.ts";

type World = Pick<GitHubServer, "clientId" | "clientSecret" | "mood" | "tokens" | "authorized">;

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
}

/** Answers what is below `/login/oauth/`. */
export function createSignIn(world: World): (url: URL, body: string) => Reply {
  const grants = new Map<string, Grant>();
  const authorize = (query: URLSearchParams): Reply => {
    world.authorized.push(query);
    const redirectUri = query.get("redirect_uri") ?? "";
    const back = new URL(redirectUri);
    const state = query.get("state") ?? "";
    const code = randomBytes(10).toString("hex");
    const told = world.mood === "deny" ? { error: "access_denied" } : { code };
    grants.set(code, { challenge: query.get("code_challenge") ?? "", redirectUri });
    back.search = `${new URLSearchParams({ ...told, state } as Record<string, string>)}`;
    return { status: 302, headers: { location: back.href } };
  };
  const trade = (form: URLSearchParams): Reply => {
    if (world.mood === "break") return { status: 502, body: "Bad gateway" };
    const grant = grants.get(form.get("code") ?? "");
    grants.delete(form.get("code") ?? "");
    const verifier = form.get("code_verifier") ?? "";
    const isRight =
      grant?.challenge === createHash("sha256").update(verifier).digest("base64url") &&
      grant.redirectUri === form.get("redirect_uri") &&
      form.get("client_id") === world.clientId &&
      form.get("client_secret") === world.clientSecret;
    if (!isRight) return { status: 200, body: { error: "bad_verification_code" } };
    const token = `gho_${randomBytes(18).toString("hex")}`;
    world.tokens.add(token);
    return { status: 200, body: { access_token: token, token_type: "bearer", scope: "" } };
  };
  return ({ pathname, searchParams }, body) =>
    pathname.endsWith("/authorize") ? authorize(searchParams) : trade(new URLSearchParams(body));
}
