/** One request and its response on one connection. */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type InformationEvent,
  type RequestOptions,
} from "node:http";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type { SourceError } from "../errors.ts";
import { aborted, connectionFailure, cutShort, malformed, timedOut } from "./failure.ts";
import type { Abortable, InFlight } from "./in-flight.ts";
import { breakAsSourceError, waitsForReader } from "./response-body.ts";
import { headProblem, interimProblem } from "./response-head.ts";
import { sendBody } from "./send-body.ts";
import type { FetchOptions, SourceResponse, SourceTimeouts } from "./source.ts";
import { Watch } from "./watch.ts";

export interface ExchangeOptions {
  /** Name of the source, for messages. */
  readonly source: string;
  /** Where and what to send, body excepted. */
  readonly send: RequestOptions;
  readonly body: Readable | undefined;
  readonly timeouts: SourceTimeouts;
  /** When the limit of the whole began to run, by `performance.now()`. */
  readonly startedAt: number;
  readonly options: FetchOptions;
  readonly inFlight: InFlight;
}

/** Owns the connection from the request to the last octet of the response. */
export class Exchange implements Abortable {
  /** Rejects with `SourceError` when there is no response. */
  readonly response: Promise<SourceResponse>;
  /** Whether a kept connection turned out to be dead: it ended before any octet of a response (RFC 9112 §9.3.1). */
  unanswered = false;
  readonly signal: AbortSignal;
  place = 0;
  readonly #its: ExchangeOptions;
  readonly #request: ClientRequest;
  readonly #watch: Watch;
  #resolve: ((response: SourceResponse) => void) | undefined;
  #reject: ((error: SourceError) => void) | undefined;
  #socket: Socket | undefined;
  #readBefore = 0;
  #readLately = 0;
  #connected = false;
  #interims = 0;
  #requestAt = 0;
  #incoming: IncomingMessage | undefined;
  #stopSending: (() => void) | undefined;
  #over = false;

  /** Throws a `TypeError` when a method or field could not be sent as it is. */
  constructor(its: ExchangeOptions) {
    this.#its = its;
    this.signal = its.options.signal;
    this.#request = httpRequest(its.send);
    this.#request.maxHeadersCount = 0; // Node would drop fields silently; they are counted here.
    this.#watch = new Watch(
      its.timeouts,
      its.startedAt,
      (expiry) => this.#fail(timedOut(its.source, expiry)),
      () => this.#isMoving(),
    );
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    its.inFlight.add(this);
    this.#listen();
    if (its.body === undefined) this.#request.end();
    // Until the connection stands nobody else listens.
    else its.body.on("error", () => undefined);
  }

  abort(): void {
    this.#fail(aborted(this.#its.source));
  }

  #listen(): void {
    const { source } = this.#its;
    this.#request
      .on("socket", (socket) => this.#onSocket(socket))
      .on("information", (interim) => this.#onInterim(interim))
      .on("response", (incoming) => this.#onResponse(incoming))
      .on("upgrade", () => {
        this.#fail(malformed(source, "a change of protocol that was not asked for"));
      })
      .on("error", (error) => this.#onError(error))
      .on("close", () => {
        if (this.#incoming === undefined && !this.#over) this.#fail(cutShort(source));
      });
  }

  #onSocket(socket: Socket): void {
    this.#socket = socket;
    this.#readBefore = socket.bytesRead;
    const ready = "encrypted" in socket ? "secureConnect" : "connect";
    if (socket.connecting) socket.once(ready, () => this.#onConnected());
    else this.#onConnected();
  }

  #onConnected(): void {
    if (this.#over) return;
    this.#connected = true;
    this.#requestAt = Date.now();
    if (this.#its.body === undefined) this.#watch.enter("first-byte");
    else this.#sendBody(this.#its.body);
  }

  #sendBody(body: Readable): void {
    this.#stopSending = sendBody(body, this.#request, {
      // Once a response has begun, only that counts.
      waitFor: (phase) => {
        if (this.#incoming === undefined && !this.#over) this.#watch.enter(phase);
      },
      broken: () => this.abort(),
    });
  }

  #onInterim({ statusCode: status, rawHeaders: fields }: InformationEvent): void {
    const { source, options } = this.#its;
    if (this.#over) return;
    this.#interims += 1;
    const problem = interimProblem(this.#interims, fields);
    if (problem !== undefined) this.#fail(malformed(source, problem));
    else {
      this.#watch.enter("first-byte");
      options.onInterim?.({ status, fields });
    }
  }

  #onResponse(incoming: IncomingMessage): void {
    const { source } = this.#its;
    if (this.#over) return;
    const problem = headProblem(incoming);
    if (problem !== undefined) {
      this.#fail(malformed(source, problem));
      return;
    }
    this.#incoming = incoming;
    breakAsSourceError(incoming, source);
    incoming.on("end", () => this.#onEnd()).on("close", () => this.#end());
    this.#watch.enter("idle");
    this.#resolve?.({
      status: incoming.statusCode as number,
      statusText: incoming.statusMessage as string,
      fields: incoming.rawHeaders,
      body: incoming,
      requestAt: this.#requestAt,
      responseAt: Date.now(),
    });
  }
  #onError(error: Error): void {
    // A message that is longer than its Content-Length is complete all the same (RFC 9112 §6.3).
    if (this.#over || this.#incoming?.complete) return;
    const failure = connectionFailure(this.#its.source, error, this.#connected);
    const silent = this.#socket?.bytesRead === this.#readBefore;
    this.unanswered = this.#request.reusedSocket && silent && failure.fault === "reset";
    this.#fail(failure);
  }

  #onEnd(): void {
    // An origin that has answered may never take the rest of the request.
    if (!this.#request.writableFinished) this.#request.destroy();
    this.#end();
  }

  #fail(error: SourceError): void {
    if (this.#over) return;
    this.#end();
    if (this.#incoming !== undefined) {
      this.#incoming.destroy(error);
      return;
    }
    this.#request.destroy();
    this.#reject?.(error);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#watch.stop();
    this.#its.inFlight.delete(this);
    this.#stopSending?.();
  }

  /** Whether octets have come since the last look, or it is not the source who is waited for. */
  #isMoving(): boolean {
    const read = this.#socket?.bytesRead ?? 0;
    const moved = read !== this.#readLately;
    this.#readLately = read;
    return moved || (this.#incoming !== undefined && waitsForReader(this.#incoming));
  }
}
