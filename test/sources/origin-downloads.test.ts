import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createOrigin } from "../../src/sources/origin.ts";
import { hugeBody } from "../helpers/faults.ts";
import { ask, type CreateSource, withFault } from "../helpers/source.ts";

const create: CreateSource = (origin, timeouts) => createOrigin({ origin, timeouts });

const MIB = 1024 * 1024;

/** What the operating system holds for both ends of a connection, generously. */
const IN_TRANSIT = 16 * MIB;

test.each(["length", "chunked", "close"] as const)(
  "a body of 300 MiB, framed by %s, passes at the speed of its reader and leaves nothing in memory",
  async (framing) => {
    const { origin, source } = await withFault(create, hugeBody(300 * MIB, framing));
    const { body } = await ask(source);
    let [pieces, taken, ahead, warm, highest] = [0, 0, 0, 0, 0];
    for await (const piece of body) {
      pieces += 1;
      taken += piece.length;
      if (pieces <= 20) {
        await sleep(5);
        ahead = Math.max(ahead, origin.bytesSent - taken);
      }
      if (pieces === 1_000) warm = process.memoryUsage.rss();
      if (pieces % 100 === 0) highest = Math.max(highest, process.memoryUsage.rss());
    }
    expect(taken).toBe(300 * MIB);
    expect(ahead).toBeLessThan(IN_TRANSIT);
    expect(highest - warm).toBeLessThan(64 * MIB);
  },
);
