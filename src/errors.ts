/** Exit code for a fault in the configuration or the set-up (`EX_CONFIG` of sysexits). */
export const EXIT_CONFIG = 78;
/** Exit code for a wrong command line (`EX_USAGE`). */
export const EXIT_USAGE = 64;

/** The start cannot succeed until a person changes something. The message is for that person. */
export class SetupError extends Error {
  override readonly name: string = "SetupError";
  readonly exitCode = EXIT_CONFIG;
}

/** Why a source gave no usable response. */
export type SourceFault =
  | "refused" // no connection: refused, unreachable, name not found, TLS failed
  | "connect-timeout"
  | "first-byte-timeout"
  | "idle-timeout" // the body stopped flowing
  | "total-timeout"
  | "reset" // the connection ended before the message was complete
  | "malformed" // not HTTP, or HTTP that must not be trusted
  | "aborted" // we gave up on purpose (client gone, shutdown)
  | "resting"; // it was not asked: its budget is spent, it wants to be left alone, or it fails

/** A source failed. `fault` decides the status that the client sees; that mapping lives in `http`. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  readonly fault: SourceFault;
  /** When asking again may be of use, in milliseconds since the epoch; of `resting` alone. */
  readonly retryAt: number | undefined;
  constructor(
    fault: SourceFault,
    message: string,
    options: ErrorOptions & { readonly retryAt?: number } = {},
  ) {
    super(message, options);
    this.fault = fault;
    this.retryAt = options.retryAt;
  }
}

/** The text of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Anything thrown, as an `Error`. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
