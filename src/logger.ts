import {
  type DestinationStream,
  destination,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from "pino";
import { prettyFactory } from "pino-pretty";

export type { Logger } from "pino";

interface LogOptions {
  readonly level: NonNullable<LoggerOptions["level"]>;
  /** Readable lines for a terminal instead of JSON. */
  readonly pretty: boolean;
  /** Where lines go; standard output when absent. */
  readonly destination?: DestinationStream;
}

/**
 * The process's logger: one JSON object a line. Subsystems take `logger.child({ part: "…" })`.
 * Secrets are blotted out of every line, whatever put them there.
 */
export function createLogger({ level, pretty: readable, destination: to }: LogOptions): Logger {
  const output = to ?? destination({ fd: 1, sync: true });
  const settings: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    hooks: { streamWrite: redact },
  };
  return pino(settings, readable ? prettyLines(output) : output);
}

/** Formats in step with the caller: a stream of its own would lose the last lines of a process that exits. */
function prettyLines(output: DestinationStream): DestinationStream {
  const format = prettyFactory({});
  return { write: (line) => output.write(format(line)) };
}

const SECRET_FIELD =
  /"([^"]*(?:authorization|cookie|token|password|secret|api[-_]?key))":(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\])/gi;
const USERINFO = /(\w:\/\/)[^\s/?#"'<>@]*(?:@[^\s/?#"'<>@]*)*@/g;
const CREDENTIALS = /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi;
const SECRET_PARAMETER =
  /([?&][^=&\s"]*(?:token|password|secret|signature|api[-_]?key)=)[^&#\s"]+/gi;

/** Blots secrets out of a line of JSON: fields named like one, userinfo of URLs, credentials and query parameters in texts. */
export function redact(line: string): string {
  return line
    .replace(SECRET_FIELD, '"$1":"[redacted]"')
    .replace(USERINFO, "$1[redacted]@")
    .replace(CREDENTIALS, "$1 [redacted]")
    .replace(SECRET_PARAMETER, "$1[redacted]");
}

/** Of an error only this: clients hang whole commands on theirs, arguments included. */
function describeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const { code } = thrown as { code?: unknown };
  return {
    type: thrown.name,
    message: thrown.message,
    ...(code !== undefined && { code }),
    stack: thrown.stack,
    ...(thrown.cause !== undefined && { cause: describeError(thrown.cause) }),
  };
}
