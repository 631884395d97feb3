import type { ClientRequest } from "node:http";
import type { Readable } from "node:stream";
import type { Phase } from "./watch.ts";

export interface SendBodyEvents {
  /** Who is waited for from now on: the source to take more, the source to answer, or whoever writes the body. */
  waitFor(phase: Phase): void;
  /** The body broke before its end. */
  broken(): void;
}

/** Sends `body` at the speed of the source and ends `request`. Returns how to stop. */
export function sendBody(
  body: Readable,
  request: ClientRequest,
  { waitFor, broken }: SendBodyEvents,
): () => void {
  const onData = (chunk: Buffer) => {
    if (request.write(chunk)) return;
    body.pause();
    waitFor("idle");
  };
  const onDrain = () => {
    waitFor("nothing");
    body.resume();
  };
  const onEnd = () => request.end(() => waitFor("first-byte"));
  const onClose = () => {
    if (!body.readableEnded) broken();
  };
  const events = { data: onData, end: onEnd, error: broken, close: onClose };
  waitFor("nothing");
  if (body.destroyed) broken();
  request.on("drain", onDrain);
  for (const [name, listener] of Object.entries(events)) body.on(name, listener);
  return () => {
    request.off("drain", onDrain);
    for (const [name, listener] of Object.entries(events)) body.off(name, listener);
    body.on("error", () => undefined);
    body.pause();
  };
}
