/** Hosts, ports and URLs of settings. Nothing here quotes what it refuses: a URL may hold a password. */
import { isIP } from "node:net";
import type { RedisTarget } from "./config.ts";

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `redis-1:26379` or `[::1]:26379`; undefined when it is neither. */
export function parseHostAndPort(text: string): HostAndPort | undefined {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || (bracketed !== undefined && isIP(bracketed) !== 6)) return undefined;
  return isPort(Number(port)) ? { host, port: Number(port) } : undefined;
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** A host as it stands in a URL: IPv6 in brackets. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Whether only this machine reaches a listener on `host`. A name other than localhost could be any address. */
export function isLoopback(host: string): boolean {
  const address = host.toLowerCase().replace(/^::ffff:/, "");
  return (
    address === "localhost" || address === "::1" || (isIP(address) === 4 && /^127\./.test(address))
  );
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Why a text cannot be a source's URL, or undefined. */
export function sourceUrlFault(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined) return "must be a URL such as http://127.0.0.1:9000";
  if (url.protocol !== "http:" && url.protocol !== "https:")
    return "must start with http:// or https://";
  if (url.username !== "" || url.password !== "")
    return "must hold no user or password: a source's URL shows in logs and reports; clients send their own credentials";
  if (text.includes("?")) return "must have no query: requests bring their own";
  if (text.includes("#")) return "must have no fragment: it is never sent";
  return undefined;
}

/** Scheme, host and port of a source's URL, and its path without the last slash. */
export function splitSourceUrl(text: string): { origin: string; basePath: string } {
  const url = new URL(text);
  return { origin: url.origin, basePath: url.pathname.replace(/\/+$/, "") };
}

/** Where a Redis URL points; undefined when it is none. Also `unix:/run/redis.sock` and a plain absolute path. */
export function parseRedisUrl(
  text: string,
): Extract<RedisTarget, { kind: "url" | "socket" }> | undefined {
  const socket = /^(?:unix:(?:\/\/)?)?(\/[^?#]*)$/.exec(text)?.[1];
  if (socket !== undefined) return { kind: "socket", path: socket };
  const url = parseUrl(text);
  if (url === undefined || (url.protocol !== "redis:" && url.protocol !== "rediss:"))
    return undefined;
  const usable = url.hostname !== "" && url.hash === "" && /^\/?\d*$/.test(url.pathname);
  return usable && isEncoded(url.username + url.password) ? { kind: "url", url: text } : undefined;
}

/** Whether a text is percent-encoded, if at all, as it should be. */
export function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** A URL without its userinfo and query, either of which can hold a password. Also for texts that are not valid URLs. */
export function redactUrl(text: string): string {
  return text.replace(/^([a-z]+:\/\/)?.*@/s, "$1[redacted]@").replace(/\?.*$/s, "?[redacted]");
}
