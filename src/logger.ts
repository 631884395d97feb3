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
  const output = to ?? (readable ? destination({ fd: 1, sync: true }) : batchedOutput());
  const settings: LoggerOptions = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    hooks: { streamWrite: redact },
  };
  const lines = readable ? prettyLines(output) : output;
  const logger = pino(settings, lines);
  outputs.set(logger, lines);
  return logger;
}

const outputs = new WeakMap<Logger, DestinationStream>();

/**
 * Where a logger's lines go, for a caller that makes a line a request itself: whole lines of JSON with `level` and `time`, free of secrets. Undefined
 * for a logger that is not from `createLogger` or does not write lines of that level.
 */
export function lineOutput(logger: Logger, level: "info"): DestinationStream | undefined {
  return logger.isLevelEnabled(level) ? outputs.get(logger) : undefined;
}

/** Bytes of lines that are written at once, and the longest that a line waits for others. */
const BATCH_BYTES = 8_192;
const BATCH_MS = 100;

/** Standard output, a batch of lines at a time: one write a line costs more than answering a hit. */
function batchedOutput(): DestinationStream {
  const output = destination({ fd: 1, sync: true, minLength: BATCH_BYTES });
  setInterval(() => output.flush(), BATCH_MS).unref();
  process.once("exit", () => output.flushSync());
  return output;
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
  /([?&][^=&?\s"]*(?:token|password|secret|signature|api[-_]?key)=)[^&#\s"]+/gi;
const SECRET_SETTING = /(?<![\w-])([\w-]{0,40}(?:token|password|secret|api[-_]?key)=)[^&#\s"\\]+/gi;
const COOKIES = /\b(cookie: ?)[^\s"=;,]{1,100}=[^"\\\r\n]*/gi;
const GITHUB_TOKEN = /\b(gh[a-z]_|github_pat_)\w{20,}/g;

/** Nearly all lines have nothing of the kind, and one look costs less than four. */
const SUSPECT =
  /authorization|cookie|token|password|secret|signature|api[-_]?key|bearer|basic|:\/\/|gh[a-z]_|github_/i;

/**
 * Blots secrets out of a line of JSON: fields named like one, userinfo of URLs, credentials, cookies, parameters and GitHub's tokens in texts. Takes
 * time in proportion to the line: clients choose what is in it.
 */
export function redact(line: string): string {
  if (!SUSPECT.test(line)) return line;
  return line
    .replace(SECRET_FIELD, '"$1":"[redacted]"')
    .replace(USERINFO, "$1[redacted]@")
    .replace(CREDENTIALS, "$1 [redacted]")
    .replace(SECRET_PARAMETER, "$1[redacted]")
    .replace(SECRET_SETTING, "$1[redacted]")
    .replace(COOKIES, "$1[redacted]")
    .replace(GITHUB_TOKEN, "$1[redacted]");
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
