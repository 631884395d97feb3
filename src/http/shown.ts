/** Requests and responses as people may see them: without credentials, and without what looks like one. */
import type { FieldList } from "../fields.ts";
import { redact } from "../logger.ts";

const SECRET_NAME =
  /authorization|cookie|token|secret|passw|credential|api[-_]?key|signature|session/i;
/** A JSON Web Token (RFC 7519), wherever it stands. */
const WEB_TOKEN = /\beyJ[\w-]*\.[\w-]+(?:\.[\w-]*)?/g;

/** A target or any other text, secrets blotted out. */
export function shownText(text: string): string {
  return redact(text).replace(WEB_TOKEN, "[redacted]");
}

/** The value of a field; of one that holds a credential, only that it is there. */
export function shownValue(name: string, value: string): string {
  return SECRET_NAME.test(name) ? "[present]" : shownText(value);
}

/** Fields in order, one pair each. */
export function shownFields(fields: FieldList): (readonly [name: string, value: string])[] {
  const shown: (readonly [string, string])[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    shown.push([name, shownValue(name, fields[i + 1] as string)]);
  }
  return shown;
}
