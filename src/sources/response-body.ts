import type { IncomingMessage } from "node:http";
import { cutShort } from "./failure.ts";

/** Makes an end of the connection in the middle of a body a `SourceError`. */
export function breakAsSourceError(incoming: IncomingMessage, source: string): void {
  const destroy = incoming._destroy.bind(incoming);
  incoming._destroy = (error, done) => {
    const broken = (error as NodeJS.ErrnoException | null)?.code === "ECONNRESET";
    destroy(broken ? cutShort(source, error) : error, done);
  };
}

/** Whether the source has done its part for now: octets wait for a reader who is slower than the source, or all have come. */
export function waitsForReader(incoming: IncomingMessage): boolean {
  return incoming.complete || incoming.readableLength > 0;
}
