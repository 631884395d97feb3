/** The two cookies of signing in, and how they are named and set (RFC 6265bis). */
import type { IncomingMessage, ServerResponse } from "node:http";

export interface Cookie {
  readonly name: string;
  read(req: IncomingMessage): string | undefined;
  set(res: ServerResponse, value: string, lifeMs: number): void;
  clear(res: ServerResponse): void;
}

export interface Cookies {
  /** Id of the session. */
  readonly session: Cookie;
  /** A sign-in that was begun in this browser. */
  readonly begun: Cookie;
}

/**
 * Over https names start with `__Host-`: browsers then take the cookie from this host alone, over https, for every path. Over plain http, which is for
 * loopback, they cannot, so the names go without.
 */
export function createCookies({ secure }: { readonly secure: boolean }): Cookies {
  const prefix = secure ? "__Host-" : "";
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  return {
    session: createCookie(`${prefix}warmfront-session`, attributes),
    begun: createCookie(`${prefix}warmfront-sign-in`, attributes),
  };
}

function createCookie(name: string, attributes: string): Cookie {
  const write = (res: ServerResponse, value: string, seconds: number) =>
    res.appendHeader("Set-Cookie", `${name}=${value}; Max-Age=${seconds}${attributes}`);
  return {
    name,
    read: (req) => readCookie(req.headers.cookie, name),
    set: (res, value, lifeMs) => void write(res, value, Math.floor(lifeMs / 1_000)),
    clear: (res) => void write(res, "", 0),
  };
}

/** The value of the one cookie of this name. Two of one name are no cookie: one of them was planted. */
export function readCookie(field: string | undefined, name: string): string | undefined {
  const values = (field ?? "").split(";").flatMap((pair) => {
    const at = pair.indexOf("=");
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  const [value] = values;
  return values.length === 1 && value !== "" ? value : undefined;
}
