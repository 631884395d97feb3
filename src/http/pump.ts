/** Bytes from a source to a client while a copy is kept for the store: at the speed of the slower one, unless the store waits for them. */
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { Collector } from "../cache/collector.ts";

/** How a body ended: read to its end, or left because nobody needed the rest. A broken body rejects instead. */
export type PumpEnd = "complete" | "abandoned";

/** Octets that all clients together may be behind bodies on their way into the store. */
const MOST_BEHIND = 32 * 1024 * 1024;
const behind = new Set<ServerResponse>();

/** Whether a body may be read on while `res` cannot take more: who reads slowly must not keep others waiting for the store. */
function mayFallBehind(res: ServerResponse): boolean {
  if (!behind.has(res)) {
    behind.add(res);
    res.once("close", () => behind.delete(res));
  }
  let octets = 0;
  for (const one of behind) octets += one.writableLength;
  return octets <= MOST_BEHIND;
}

/**
 * Writes `body` to `res` with back-pressure and ends `res`; what `collector` wants runs ahead of a slow client, within bounds. When the client
 * goes away the body is read on for the store if `collector` still wants it, else it is destroyed. When the body breaks, the client's connection is
 * cut, so that it cannot take a part for the whole.
 */
export function pump(
  body: Readable,
  res: ServerResponse,
  collector: Collector | undefined,
): Promise<PumpEnd> {
  return new Promise((resolve, reject) => {
    let clientGone = res.destroyed;
    const isWanted = () => collector !== undefined && !collector.overflowed;
    const onDrain = () => body.resume();
    const onClientClose = () => {
      if (res.writableFinished) return;
      clientGone = true;
      if (isWanted()) body.resume();
      else abandon();
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
        if (!res.write(chunk) && !(isWanted() && mayFallBehind(res))) body.pause();
      } else if (!isWanted()) {
        abandon();
      }
    });
    body.once("end", () => {
      release();
      if (!clientGone) res.end();
      resolve("complete");
    });
    const fail = (error: Error) => {
      release();
      collector?.drop();
      // A plain end would look like that of the body to who counts neither octets nor chunks.
      res.socket?.resetAndDestroy();
      res.destroy();
      reject(error);
    };
    // It may have broken before anybody listened.
    if (body.errored !== null) fail(body.errored);
    else body.once("error", fail);
  });
}
