/** How many may wait for jobs at a time: each holds a connection open. */
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

export interface WatchLimits {
  /** In this process. */
  readonly watchers: number;
  /** From one address; of IPv6, from one network of 64 bits. */
  readonly watchersPerClient: number;
}

export interface Rooms {
  /** The way to leave again, which does nothing the second time; undefined when there is no room. */
  enter(req: IncomingMessage): (() => void) | undefined;
}

export function createRooms({ watchers, watchersPerClient }: WatchLimits): Rooms {
  const counts = new Map<string, number>();
  let total = 0;
  return {
    enter(req) {
      const client = clientOf(req.socket.remoteAddress ?? "");
      const there = counts.get(client) ?? 0;
      if (total >= watchers || there >= watchersPerClient) return undefined;
      counts.set(client, there + 1);
      total += 1;
      let inside = true;
      return () => {
        if (!inside) return;
        inside = false;
        total -= 1;
        const left = (counts.get(client) ?? 1) - 1;
        if (left === 0) counts.delete(client);
        else counts.set(client, left);
      };
    },
  };
}

/** One client may have all addresses of its network. */
function clientOf(address: string): string {
  if (!isIPv6(address) || address.startsWith("::ffff:")) return address;
  const [head = "", tail = ""] = address.split("::");
  const before = head.split(":").filter(Boolean);
  const after = tail.split(":").filter(Boolean);
  const zeros = address.includes("::") ? 8 - before.length - after.length : 0;
  return [...before, ...Array(Math.max(0, zeros)).fill("0"), ...after].slice(0, 4).join(":");
}
