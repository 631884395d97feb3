import type { Readable } from "node:stream";

/** Keeps a copy of a body on its way to the client, as long as it stays small enough to store. */
export interface Collector {
  push(chunk: Buffer): void;
  /** The whole body, once, or undefined when it grew past the limit. */
  whole(): Buffer | undefined;
  /** Gives the copy up. A collector that is not asked for the whole must be told. */
  drop(): void;
  /** Whether the body has grown past the limit; the copy is gone then. */
  readonly overflowed: boolean;
}

/** Octets that all copies of this process hold together. One that would exceed them is given up: its body passes unstored. */
const MOST_HELD = 128 * 1024 * 1024;
let held = 0;

export function createCollector(maxBytes: number): Collector {
  let chunks: Buffer[] = [];
  let size = 0;
  let counted = 0;
  let overflowed = false;
  const release = () => {
    held -= counted;
    counted = 0;
    chunks = [];
  };
  const drop = () => {
    overflowed = true;
    release();
  };
  return {
    push(chunk) {
      if (overflowed) return;
      size += chunk.length;
      if (size > maxBytes || held + chunk.length > MOST_HELD) return drop();
      held += chunk.length;
      counted += chunk.length;
      chunks.push(chunk);
    },
    whole() {
      if (overflowed) return undefined;
      const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
      release();
      return body;
    },
    drop,
    get overflowed() {
      return overflowed;
    },
  };
}

/** Reads a body to its end, or past `maxBytes`: then it rests, what was read is its beginning, and the rest is still to come. */
export function readUpTo(
  body: Readable,
  maxBytes: number,
): Promise<{ readonly complete: boolean; readonly bytes: Buffer }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (complete: boolean) => {
      // What goes wrong from here on is for the next reader to find in `errored`.
      body
        .off("data", onData)
        .off("end", onEnd)
        .off("error", reject)
        .on("error", () => undefined);
      resolve({ complete, bytes: Buffer.concat(chunks, size) });
    };
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= maxBytes) return;
      body.pause();
      settle(false);
    };
    const onEnd = () => settle(true);
    // It may have broken before anybody listened.
    if (body.errored !== null) return reject(body.errored);
    body.on("data", onData).on("end", onEnd).on("error", reject);
  });
}

/** Reads a body to its end. Undefined when it is longer than `maxBytes`, in which case the rest is not read. */
export async function collect(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const collector = createCollector(maxBytes);
  try {
    for await (const chunk of body) {
      collector.push(chunk);
      if (collector.overflowed) return undefined;
    }
    return collector.whole();
  } finally {
    collector.drop();
  }
}
