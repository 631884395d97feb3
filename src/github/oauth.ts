/** GitHub's OAuth web flow (RFC 6749 §4.1) with PKCE (RFC 7636): where visitors are sent, and what their code is worth. */
import { createHash } from "node:crypto";
import { request } from "undici";
import { z } from "zod";

export interface OAuthSettings {
  /** `https://github.com`, or the address of an Enterprise server. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What visitors are asked to allow. */
  readonly scopes: readonly string[];
}

export type Exchanged =
  | { readonly token: string }
  /** GitHub did not take the code, or did not answer. The detail is for the log and holds no secret. */
  | { readonly fault: "refused" | "unavailable"; readonly detail: string };

export interface OAuth {
  /** Where to send a visitor. `verifier` stays here until the visitor is back. */
  authorizeUrl(state: string, verifier: string): string;
  /** Trades a code for a token; a code is good for one trade. */
  exchange(code: string, verifier: string): Promise<Exchanged>;
}

const LIMIT_MS = 15_000;

/** GitHub says `error` with status 200. */
const answer = z.object({
  access_token: z.string().min(1).max(1_000).optional(),
  error: z.string().optional(),
});

/** `callbackUrl` is the one address that visitors come back to; registered with GitHub in exactly this form. */
export function createOAuth(settings: OAuthSettings, callbackUrl: string): OAuth {
  const { url, clientId, clientSecret, scopes } = settings;
  const common = { client_id: clientId, redirect_uri: callbackUrl };
  return {
    authorizeUrl(state, verifier) {
      const query = new URLSearchParams({
        ...common,
        ...(scopes.length > 0 && { scope: scopes.join(" ") }),
        state,
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      });
      return `${url}/login/oauth/authorize?${query}`;
    },
    async exchange(code, verifier) {
      const secrets = { client_secret: clientSecret, code, code_verifier: verifier };
      const form = new URLSearchParams({ ...common, ...secrets });
      try {
        return await trade(`${url}/login/oauth/access_token`, form);
      } catch (error) {
        const { name, code: errno } = error as { name?: string; code?: string };
        return { fault: "unavailable", detail: errno ?? name ?? "no answer" };
      }
    },
  };
}

async function trade(url: string, form: URLSearchParams): Promise<Exchanged> {
  const { statusCode, body } = await request(url, {
    method: "POST",
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": "warmfront",
    },
    body: form.toString(),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const status = `status ${statusCode}`;
  if (statusCode >= 500) {
    await body.dump();
    return { fault: "unavailable", detail: status };
  }
  const told = await body.json().catch(() => undefined);
  const { access_token: token, error } = answer.catch({}).parse(told);
  if (token !== undefined) return { token };
  return { fault: "refused", detail: /^\w{1,60}$/.exec(error ?? "")?.[0] ?? status };
}
