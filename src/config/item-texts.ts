/** What is wrong with a text of an item or a client: undefined when nothing is. No message quotes the text. */
import { z } from "zod";
import { isEncoded } from "./addresses.ts";
import { prefixFault, tokenFault } from "./texts.ts";

export function itemPathFault(path: string): string | undefined {
  if (path === "/healthz") return "is Warmfront's own: give the item another path";
  return prefixFault(path);
}

/** Unlike a route's, it may hold a query, and credentials, which are sent as Basic authentication. */
export function itemUrlFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return "must be a URL such as https://api.example.org/config";
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return "must start with http:// or https://";
  if (text.includes("#")) return "must have no fragment: it is never sent";
  return isEncoded(url.username + url.password)
    ? undefined
    : "must have user and password percent-encoded";
}

export function tokenDigestFault(text: string): string | undefined {
  if (!text.startsWith("sha256:")) return tokenFault(text);
  return /^sha256:[\da-f]{64}$/i.test(text)
    ? undefined
    : "must have 64 hexadecimal digits after `sha256:`";
}

export function globFault(pattern: string): string | undefined {
  return pattern.length <= 1_000 ? undefined : "must be at most 1000 characters long";
}

export function schemaFault(schema: Readonly<Record<string, unknown>>): string | undefined {
  try {
    z.fromJSONSchema(schema);
    return undefined;
  } catch {
    return "must be a JSON Schema (draft 2020-12, 7 or 4) without parts that cannot be checked";
  }
}
