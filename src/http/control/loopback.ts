import { isIPv4 } from "node:net";

/** Whether the host of a URL, a name or an address, means this machine wherever it is resolved. */
export function isLoopbackName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  if (name === "::1" || name === "[::1]") return true;
  return isIPv4(name) && name.startsWith("127.");
}

/** The host of a `Host` field without its port, or undefined when it is not one (RFC 9110 §7.2). */
export function hostOf(field: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::\d*)?$/i.exec(field ?? "")?.[1];
}
