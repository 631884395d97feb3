/** Hop-by-hop fields, which belong to one connection and never to the message (RFC 9110 §7.6.1, RFC 9111 §3.1). */
import { type FieldList, withoutFields } from "../fields.ts";

/** The end-to-end fields of a request or a response, in order. */
export function withoutHopByHop(fields: FieldList): string[] {
  return withoutFields(fields, (name) => name === "connection");
}
