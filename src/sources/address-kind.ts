/** What an IP address stands for, by the special-purpose registries of IANA (RFC 6890). */
import { BlockList, isIP } from "node:net";

/** `special`: nothing that a source could be at, such as multicast, documentation, or an address inside another one. */
export type AddressKind = "public" | "loopback" | "private" | "link-local" | "metadata" | "special";

/** The first that holds an address says its kind. Clouds answer questions about their machines, credentials included, at the `metadata` ones. */
const NETWORKS: readonly (readonly [AddressKind, ...string[]])[] = [
  [
    "metadata",
    ...["169.254.169.254/32", "169.254.170.2/32", "100.100.100.200/32", "168.63.129.16/32"],
    "fd00:ec2::/32",
  ],
  ["loopback", "127.0.0.0/8", "::1/128"],
  ["private", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"],
  ["link-local", "169.254.0.0/16", "fe80::/10"],
  [
    "special",
    ...["0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15"],
    ...["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"],
    ...["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"],
  ],
  // Everything else of IPv6 is not in use, or holds an IPv4 address. Mapped ones are found in the lists above.
  ["public", "2000::/3", "0.0.0.0/0"],
];

const LISTS = NETWORKS.map(([kind, ...networks]) => ({ kind, list: networkList(networks) }));

/** A list of networks such as `10.0.0.0/8`, and of single addresses. Undefined when one is neither. */
export function parseNetworks(texts: readonly string[]): BlockList | undefined {
  return texts.every(isNetwork) ? networkList(texts) : undefined;
}

function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes("%")) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

function networkList(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = "", bits] = text.split("/");
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Of an IP address in any of its written forms, a zone after it included. */
export function addressKind(address: string): AddressKind {
  const plain = address.replace(/%.*$/, "");
  const embedded = translated(plain);
  if (embedded !== undefined) return addressKind(embedded);
  return LISTS.find(({ list }) => isIn(list, plain))?.kind ?? "special";
}

export function isIn(list: BlockList, address: string): boolean {
  const plain = address.replace(/%.*$/, "");
  return list.check(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
}

/** The IPv4 address that NAT64 makes of this one (RFC 6052 §2.1): networks without IPv4 reach everything so. */
function translated(address: string): string | undefined {
  if (isIP(address) !== 6 || !isIn(NAT64, address)) return undefined;
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split(":");
  const [high, low] = groups.slice(-2).map((group) => Number.parseInt(group || "0", 16));
  return [high, low].flatMap((group = 0) => [group >> 8, group & 0xff]).join(".");
}

const NAT64 = networkList(["64:ff9b::/96"]);
