/** Bytes from a source to a client, at the speed of the slower one, while a copy is kept for the store. */
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Collector } from "../cache/collector.ts";

/** How a body ended: read to its end, or left because nobody needed the rest. A broken body rejects instead. */
export type PumpEnd = "complete" | "abandoned";

/**
 * Writes `body` to `res` with back-pressure and ends `res`. When the client goes away the body is read on for the store if `collector` still wants
 * it, else it is destroyed. When the body breaks, the client's connection is cut, so that it cannot take a part for the whole.
 */
export function pump(
  body: Readable,
  res: ServerResponse,
  collector: Collector | undefined,
): Promise<PumpEnd> {
  return new Promise((resolve, reject) => {
    let clientGone = res.destroyed;
    const onDrain = () => body.resume();
    const onClientClose = () => {
      if (res.writableFinished) return;
      clientGone = true;
      if (collector === undefined || collector.overflowed) abandon();
      else body.resume();
    };
    const abandon = () => {
      release();
      body.on("error", () => undefined);
      body.destroy();
      resolve("abandoned");
    };
    const release = () => {
      res.off("drain", onDrain);
      res.off("close", onClientClose);
    };
    res.on("drain", onDrain);
    res.on("close", onClientClose);
    body.on("data", (chunk: Buffer) => {
      collector?.push(chunk);
      if (!clientGone) {
        if (!res.write(chunk)) body.pause();
      } else if (collector === undefined || collector.overflowed) {
        abandon();
      }
    });
    body.once("end", () => {
      release();
      if (!clientGone) res.end();
      resolve("complete");
    });
    body.once("error", (error) => {
      release();
      res.destroy();
      reject(error);
    });
  });
}
