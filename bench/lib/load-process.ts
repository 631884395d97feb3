/** The client side of `load`: raw sockets, one request in flight per connection. */
import { connect, type Socket } from "node:net";
import type { LoadOptions, LoadResult } from "./load.ts";

const HEAD_END = Buffer.from("\r\n\r\n");

interface Tally {
  sent: number;
  done: number;
  bytes: number;
  failed: number;
  readonly latencies: number[];
}

process.once("message", async (message) => {
  const options = message as LoadOptions;
  const tally: Tally = { sent: 0, done: 0, bytes: 0, failed: 0, latencies: [] };
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: options.connections }, () => runConnection(options, tally)),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const sorted = tally.latencies.toSorted((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const result: LoadResult = {
    requests: tally.done,
    seconds,
    bytes: tally.bytes,
    failed: tally.failed,
    p50: at(0.5),
    p99: at(0.99),
  };
  process.send?.(result, () => process.disconnect());
});

function runConnection(options: LoadOptions, tally: Tally): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: options.port, host: "127.0.0.1", noDelay: true });
    const reader = createReader();
    let sentAt = 0;
    const next = () => {
      if (tally.sent >= options.requests) {
        socket.end();
        resolve();
        return;
      }
      sentAt = performance.now();
      send(socket, options, tally.sent++);
    };
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("data", (chunk: Buffer) => {
      tally.bytes += chunk.length;
      const done = reader(chunk);
      if (done === undefined) return;
      if (done !== 200) tally.failed++;
      tally.done++;
      tally.latencies.push(performance.now() - sentAt);
      next();
    });
  });
}

/** Takes pieces of one answer after the other; returns the status when an answer is complete. */
function createReader(): (chunk: Buffer) => number | undefined {
  let head: Buffer = Buffer.alloc(0);
  let status = 0;
  let left = 0;
  let inBody = false;
  return (chunk) => {
    if (inBody) {
      left -= chunk.length;
    } else {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(HEAD_END);
      if (end === -1) return undefined;
      const text = head.toString("latin1", 0, end);
      status = Number(text.slice(9, 12));
      left = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0) - (head.length - end - 4);
      inBody = true;
    }
    if (left > 0) return undefined;
    head = Buffer.alloc(0);
    inBody = false;
    return status;
  };
}

function send(socket: Socket, options: LoadOptions, number: number): void {
  const target = options.targets[number % options.targets.length];
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\n${options.fields ?? ""}\r\n`,
  );
}
