/** Where sources may be: judged by the address that is about to be connected to, so that a name that changes its address gains nothing. */
import { type LookupAddress, type LookupOptions, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { EgressSettings } from "../config/egress.ts";
import { addressKind, isIn, parseNetworks } from "./address-kind.ts";

export interface Guard {
  /** Whether a host that is an address, or a name, may be asked at all. The addresses of a name are judged by `lookup`. */
  mayAsk(host: string): boolean;
  /** Resolves a name to those of its addresses that may be connected to; fails with code `EGRESS` when there is none. */
  readonly lookup: LookupFunction;
}

/** Looks up all addresses of a name, as `dns.lookup` does. */
export type Resolve = (
  name: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Public addresses may be asked. Loopback and private ones only where the operator must have meant them: written as an address, under a name that
 * belongs to no public domain, or listed in `allow`. All others only when listed.
 */
export function createGuard(
  { allow, hosts }: EgressSettings = { allow: [] },
  resolve: Resolve = systemLookup,
): Guard {
  const networks = parseNetworks(allow.filter(isNetworkText));
  const names = allow.filter((text) => !isNetworkText(text));
  const mayConnect = (host: string, address: string) =>
    mayReach(host, addressKind(address)) ||
    isListed(host, names) ||
    (networks !== undefined && isIn(networks, address));
  return {
    mayAsk: (host) =>
      (hosts === undefined || isListed(host, hosts)) &&
      (isIP(host) === 0 || mayConnect(host, host)),
    lookup: (name, options, callback) =>
      resolve(name, { ...options, all: true }, (error, found) => {
        if (error !== null) return callback(error, []);
        const allowed = found.filter(({ address }) => mayConnect(name, address));
        const [first] = allowed;
        if (first === undefined) return callback(new EgressError(), []);
        if (options.all === true) callback(null, allowed);
        else callback(null, first.address, first.family);
      }),
  };
}

/** Every address of a name is refused. Names no address: messages reach clients. */
class EgressError extends Error {
  override readonly name = "EgressError";
  readonly code = "EGRESS";
  constructor() {
    super("No address of this host may be connected to.");
  }
}

function isNetworkText(text: string): boolean {
  return isIP(text.split("/")[0] ?? "") !== 0;
}

function mayReach(host: string, kind: ReturnType<typeof addressKind>): boolean {
  if (kind === "public") return true;
  return (kind === "loopback" || kind === "private") && (isIP(host) !== 0 || isLocalName(host));
}

/** Names of one label, and those below domains that are set apart for networks of one's own (RFC 6761, RFC 6762, RFC 8375). */
function isLocalName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return !name.includes(".") || /\.(?:localhost|local|internal|home\.arpa|lan|svc)$/.test(name);
}

/** `patterns` are hosts; `*.example.org` is every name below `example.org`. */
function isListed(host: string, patterns: readonly string[]): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return patterns.some((pattern) =>
    pattern.startsWith("*.") ? name.endsWith(pattern.slice(1)) : name === pattern,
  );
}
