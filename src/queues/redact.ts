/** Keeps secrets out of what people see of a job: log lines, failures, and everything on the board. */
import { redact } from "../logger.ts";

/** Of a text: credentials, and every query string, since any parameter may be a secret. */
export function redactText(text: string): string {
  return redact(text).replace(/\?[^\s"'<>\\\0]+/g, "?…");
}

/** How a field, or a parameter of a query, is called that holds a secret. */
export const SECRET_NAME =
  /(?:authorization|cookie|token|password|secret|credential|api[-_]?key)s?$/i;

/** Of anything that is JSON: the same in every text, and whole fields that are named like a secret. */
export function redactDeep(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redactDeep);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    SECRET_NAME.test(name) ? "[redacted]" : redactDeep(field),
  ]);
  return Object.fromEntries(fields);
}

/** The error as it may be stored and logged: its name, message and stack without secrets, and nothing that hangs on it. */
export function redactError(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(redactText(String(thrown)));
  const error = new Error(redactText(thrown.message));
  error.name = thrown.name;
  if (thrown.stack !== undefined) error.stack = redactText(underItsName(thrown.stack, thrown.name));
  return error;
}

/** Classes that name themselves do so after the stack was made, which then begins with `Error`. */
function underItsName(stack: string, name: string): string {
  return stack.startsWith("Error: ") ? name + stack.slice("Error".length) : stack;
}
