/** Heads that the parser lets through and that must not be trusted all the same. */
import type { IncomingMessage } from "node:http";
import { type FieldList, joinedValue } from "../fields.ts";

/** Longest head of a response, in bytes. */
export const MAX_HEAD_BYTES = 64 * 1024;
/** Most fields of one head. */
const MAX_FIELDS = 1_000;
/** Most interim responses before the final one. */
const MAX_INTERIM = 100;

/** What is wrong with the head of a final response; undefined when nothing is. */
export function headProblem(response: IncomingMessage): string | undefined {
  const { statusCode: status = 0, statusMessage = "", httpVersionMajor, rawHeaders } = response;
  if (httpVersionMajor !== 1) return `HTTP version ${httpVersionMajor}`;
  if (status < 200 || status > 599) return `status ${status}`;
  if (/[^\t\x20-\x7e\x80-\xff]/.test(statusMessage)) return "control characters after the status";
  if (isChunkedOtherwise(rawHeaders)) return "chunks inside or around another transfer coding";
  return tooManyFields(rawHeaders);
}

/**
 * Chunks are the only coding of a response to a request without TE (RFC 9112 §7.4). What is in no chunks is read to the end of its connection;
 * chunks twice, or with another coding, would be passed on undone by half.
 */
function isChunkedOtherwise(fields: FieldList): boolean {
  const codings = joinedValue(fields, "transfer-encoding")?.toLowerCase() ?? "chunked";
  return codings !== "chunked" && codings.includes("chunked");
}

/** What is wrong with the interim response that is the `count`th before the final one; undefined when nothing is. */
export function interimProblem(count: number, fields: FieldList): string | undefined {
  if (count > MAX_INTERIM) return `more than ${MAX_INTERIM} interim responses`;
  return tooManyFields(fields);
}

function tooManyFields(fields: FieldList): string | undefined {
  return fields.length > 2 * MAX_FIELDS ? `more than ${MAX_FIELDS} fields` : undefined;
}
