/** Hawk authentication: a request is signed with a key that is never sent. */
import { createHash, createHmac, randomBytes } from "node:crypto";

export interface HawkCredentials {
  readonly id: string;
  readonly key: string;
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
}

/** What is signed. */
export interface HawkRequest {
  readonly method: string;
  readonly url: URL;
  /** The body, and its media type without parameters; both empty for a request without one. Absent: the body is not signed. */
  readonly payload?: { readonly contentType: string; readonly body: string };
  /** Application data that is signed and sent. */
  readonly ext?: string;
}

/** When a request was made, in seconds since the epoch, and what tells it from others made at the same time. */
export interface HawkMoment {
  readonly ts: number;
  readonly nonce: string;
}

/** The value of `Authorization`. */
export function hawkAuthorization(
  credentials: HawkCredentials,
  request: HawkRequest,
  { ts, nonce }: HawkMoment = newMoment(),
): string {
  const hash = request.payload && payloadHash(credentials, request.payload);
  const mac = requestMac(credentials, request, { ts, nonce }, hash);
  const attributes = {
    id: credentials.id,
    ts: String(ts),
    nonce,
    ...(hash !== undefined && { hash }),
    ...(request.ext !== undefined && { ext: request.ext }),
    mac,
  };
  const list = Object.entries(attributes).map(([name, value]) => `${name}="${quoted(value)}"`);
  return `Hawk ${list.join(", ")}`;
}

function newMoment(): HawkMoment {
  return { ts: Math.floor(Date.now() / 1_000), nonce: randomBytes(6).toString("base64url") };
}

function requestMac(
  { key, algorithm }: HawkCredentials,
  { method, url, ext = "" }: HawkRequest,
  { ts, nonce }: HawkMoment,
  hash = "",
): string {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const lines = [
    ...["hawk.1.header", ts, nonce, method.toUpperCase(), url.pathname + url.search],
    ...[url.hostname.toLowerCase(), port, hash],
    ext.replaceAll("\\", "\\\\").replaceAll("\n", "\\n"),
  ];
  return createHmac(algorithm, key)
    .update(`${lines.join("\n")}\n`)
    .digest("base64");
}

function payloadHash(
  { algorithm }: HawkCredentials,
  { contentType, body }: NonNullable<HawkRequest["payload"]>,
): string {
  return createHash(algorithm)
    .update(`hawk.1.payload\n${contentType.toLowerCase()}\n${body}\n`)
    .digest("base64");
}

function quoted(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
}
