/** What a fault origin does with a request: every way in which a source can fail or lie. */
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";

/** Called once per request with its connection. */
export type Behaviour = (socket: Socket, request: string) => void;

/** Sends these bytes and leaves the connection open. */
export function sends(...parts: readonly (string | Buffer)[]): Behaviour {
  return (socket) => {
    for (const part of parts) socket.write(part, "latin1");
  };
}

/** Sends these bytes and ends the connection in order. */
function endsAfter(...parts: readonly (string | Buffer)[]): Behaviour {
  return (socket, request) => {
    sends(...parts)(socket, request);
    socket.end();
  };
}

/** Sends these bytes, lets them arrive, and resets the connection. */
function resetsAfter(text: string): Behaviour {
  return (socket) =>
    void socket.write(text, "latin1", () => setTimeout(() => socket.resetAndDestroy(), 20));
}

/** A complete 200 with this body on a connection that stays open. */
export function good(body = "good"): Behaviour {
  return sends(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** Each behaviour in order, one per request over all connections; the last one is repeated. */
export function inOrder(...behaviours: readonly [Behaviour, ...Behaviour[]]): Behaviour {
  let next = 0;
  return (socket, request) => {
    const behaviour = behaviours[Math.min(next, behaviours.length - 1)] as Behaviour;
    next += 1;
    behaviour(socket, request);
  };
}

/** A body of 100 octets, one at a time. */
export function trickle(everyMs = 1_000): Behaviour {
  return (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    const timer = setInterval(() => socket.write("x"), everyMs);
    socket.on("close", () => clearInterval(timer));
  };
}

/** A body of `bytes` octets, made as fast as it is taken. */
export function hugeBody(bytes: number, framing: "length" | "chunked" | "close"): Behaviour {
  const fields = {
    length: `Content-Length: ${bytes}`,
    chunked: "Transfer-Encoding: chunked",
    close: "Connection: close",
  };
  return (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\n${fields[framing]}\r\n\r\n`);
    let left = bytes;
    const end = () => {
      if (framing === "chunked") socket.write("0\r\n\r\n");
      if (framing === "close") socket.end();
    };
    pour(socket, () => {
      if (left === 0) {
        end();
        return undefined;
      }
      const piece = PIECE.subarray(0, Math.min(left, PIECE.length));
      left -= piece.length;
      return framing === "chunked" ? asChunk(piece) : piece;
    });
  };
}

const PIECE = Buffer.alloc(64 * 1024, "x");

function asChunk(piece: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, CRLF]);
}

const CRLF = Buffer.from("\r\n");

/** Writes what `next` makes, no faster than the connection takes it, until there is no more. */
function pour(socket: Socket, next: () => string | Buffer | undefined): void {
  for (;;) {
    if (socket.destroyed) return;
    const piece = next();
    if (piece === undefined) return;
    if (!socket.write(piece)) break;
  }
  socket.once("drain", () => pour(socket, next));
}

const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n".repeat(1_000);
const CONTINUES = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000);
const FIELDS = "X-More: of the same\r\n".repeat(1_000);
const OK = "HTTP/1.1 200 OK\r\n";
const TEN = "Content-Length: 10\r\n\r\n";

/** The body that `gzip` sends. */
export const GZIPPED = gzipSync("a body that must arrive as it was packed");

/** Faults by name. */
export const faults = {
  // Silence.
  hang: () => undefined,
  hangInHead: sends(`${OK}X-Half: `),
  hangInBody: sends(`${OK}${TEN}01234`),
  // Ends too early.
  fin: endsAfter(),
  reset: (socket) => void socket.resetAndDestroy(),
  finInHead: endsAfter(`${OK}X-Half: `),
  resetInHead: resetsAfter(`${OK}X-Half: `),
  shortBody: endsAfter(`${OK}${TEN}01234`),
  resetInBody: resetsAfter(`${OK}${TEN}01234`),
  finInChunks: endsAfter(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n`),
  resetInChunks: resetsAfter(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n`),
  resetInUnframedBody: resetsAfter(`${OK}Connection: close\r\n\r\n01234`),
  // Goes on too long.
  longBody: sends(`${OK}${TEN}0123456789abcdefghijklmnopqrstuvwxyz`),
  smuggledResponse: sends(
    `${OK}${TEN}0123456789HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled`,
  ),
  lateSmuggledResponse: (socket, request) => {
    sends(`${OK}${TEN}0123456789`)(socket, request);
    setTimeout(() => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"), 30);
  },
  endlessInterim: (socket) => pour(socket, () => HINTS),
  endlessContinue: (socket) => pour(socket, () => CONTINUES),
  tenThousandFields: sends(
    OK,
    Array.from({ length: 10_000 }, (_, i) => `X-${i}: v\r\n`).join(""),
    `${TEN}0123456789`,
  ),
  megabyteField: sends(OK, `X-Large: ${"x".repeat(1_048_576)}\r\n`, `${TEN}0123456789`),
  endlessHead: (socket) => {
    socket.write(OK);
    pour(socket, () => FIELDS);
  },
  // Is not HTTP, or not to be trusted.
  rubbish: endsAfter("\x00\x01\x02 rubbish \xff\xfe\r\n\r\n"),
  http09: endsAfter("<html>no head at all</html>"),
  http2: endsAfter("HTTP/2.0 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"),
  nulInValue: sends(`${OK}X-Bad: a\0b\r\n${TEN}0123456789`),
  crInValue: sends(`${OK}X-Bad: a\rSet-Cookie: b=c\r\n${TEN}0123456789`),
  lfInValue: sends(`${OK}X-Bad: a\nSet-Cookie: b=c\r\n${TEN}0123456789`),
  spaceInName: sends(`${OK}X Bad: a\r\n${TEN}0123456789`),
  spaceBeforeColon: sends(`${OK}Content-Length : 10\r\n\r\n0123456789`),
  obsFold: sends(`${OK}X-Folded: a\r\n b\r\n${TEN}0123456789`),
  twoContentLengths: sends(`${OK}Content-Length: 5\r\n${TEN}0123456789`),
  negativeContentLength: sends(`${OK}Content-Length: -1\r\n\r\n0123456789`),
  hugeContentLength: sends(`${OK}Content-Length: 99999999999999999999\r\n\r\n0123456789`),
  lengthAndChunked: sends(`${OK}Transfer-Encoding: chunked\r\n${TEN}5\r\n01234\r\n0\r\n\r\n`),
  chunkedTwice: sends(
    `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    "5\r\n01234\r\n0\r\n\r\n",
  ),
  gzipThenChunked: sends(`${OK}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\n01234\r\n0\r\n\r\n`),
  chunkedThenGzip: endsAfter(
    `${OK}Transfer-Encoding: chunked, gzip\r\n\r\n5\r\n01234\r\n0\r\n\r\n`,
  ),
  badChunk: sends(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\nZZ\r\n`),
  wrongChunkLength: sends(`${OK}Transfer-Encoding: chunked\r\n\r\n3\r\n01234\r\n0\r\n\r\n`),
  controlInReason: sends(`HTTP/1.1 200 O\x01K\r\n${TEN}0123456789`),
  thousandFields: sends(OK, "a:\r\n".repeat(999), `${TEN}0123456789`),
  manyFields: sends(OK, "a:\r\n".repeat(1_100), `${TEN}0123456789`),
  status099: sends(`HTTP/1.1 099 Low\r\n${TEN}0123456789`),
  status600: sends(`HTTP/1.1 600 High\r\n${TEN}0123456789`),
  status1000: sends(`HTTP/1.1 1000 Long\r\n${TEN}0123456789`),
  switchingProtocols: sends(
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: rubbish\r\n\r\nrubbish",
  ),
  // Is unusual and right.
  earlyHints: sends(
    "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>; rel=preload\r\n\r\n",
    `${OK}${TEN}0123456789`,
  ),
  unaskedContinue: sends("HTTP/1.1 100 Continue\r\n\r\n", `${OK}${TEN}0123456789`),
  offersUpgrade: sends(`${OK}Connection: Upgrade, Keep-Alive\r\nUpgrade: h2c\r\n${TEN}0123456789`),
  unframedBody: endsAfter(`${OK}Connection: close\r\n\r\n0123456789`),
  http10: endsAfter("HTTP/1.0 200 OK\r\n\r\n0123456789"),
  unknownTransferEncoding: endsAfter(`${OK}Transfer-Encoding: rot13\r\n\r\n0123456789`),
  trailers: sends(
    `${OK}Transfer-Encoding: chunked\r\nTrailer: X-After\r\n\r\n`,
    "a\r\n0123456789\r\n0\r\nX-After: 1\r\n\r\n",
  ),
  gzip: sends(`${OK}Content-Encoding: gzip\r\nContent-Length: ${GZIPPED.length}\r\n\r\n`, GZIPPED),
} satisfies Record<string, Behaviour>;
