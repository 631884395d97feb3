/** The token that a request shows, and how one is asked for. */
import type { IncomingMessage } from "node:http";

/** Values of `WWW-Authenticate` (RFC 9110 §11.6.1). */
export const CHALLENGES = ['Bearer realm="warmfront"', 'Basic realm="warmfront", charset="UTF-8"'];

/** `unknown-scheme`: neither Bearer nor Basic. A token that is empty or cannot be read is one that nobody has. */
export type Credential =
  | { readonly kind: "none" | "unknown-scheme" }
  | { readonly kind: "token"; readonly scheme: "bearer" | "basic"; readonly token: string };

/** For an item: the token of a Bearer credential (RFC 6750 §2.1), or the user name of a Basic one (RFC 7617 §2), whose password does not count. */
export function credentialOf(req: IncomingMessage): Credential {
  const field = req.headers.authorization;
  if (field === undefined) return { kind: "none" };
  const [scheme = "", credential = ""] = field.split(/ +/, 2);
  switch (scheme.toLowerCase()) {
    case "bearer":
      return { kind: "token", scheme: "bearer", token: credential };
    case "basic": {
      const pair = Buffer.from(credential, "base64").toString();
      return { kind: "token", scheme: "basic", token: pair.split(":", 1)[0] ?? "" };
    }
    default:
      return { kind: "unknown-scheme" };
  }
}
