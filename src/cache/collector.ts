/** Keeps a copy of a body on its way to the client, as long as it stays small enough to store. */
export interface Collector {
  push(chunk: Buffer): void;
  /** The whole body, or undefined when it grew past the limit. */
  whole(): Buffer | undefined;
  /** Whether the body has grown past the limit; the copy is gone then. */
  readonly overflowed: boolean;
}

export function createCollector(maxBytes: number): Collector {
  let chunks: Buffer[] = [];
  let size = 0;
  let overflowed = false;
  return {
    push(chunk) {
      if (overflowed) return;
      size += chunk.length;
      if (size > maxBytes) {
        overflowed = true;
        chunks = [];
      } else {
        chunks.push(chunk);
      }
    },
    whole() {
      if (overflowed) return undefined;
      return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size);
    },
    get overflowed() {
      return overflowed;
    },
  };
}

/** Reads a body to its end. Undefined when it is longer than `maxBytes`, in which case the rest is not read. */
export async function collect(
  body: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const collector = createCollector(maxBytes);
  for await (const chunk of body) {
    collector.push(chunk);
    if (collector.overflowed) return undefined;
  }
  return collector.whole();
}
