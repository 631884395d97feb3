/** Hop-by-hop fields, which belong to one connection and never to the message (RFC 9110 §7.6.1, RFC 9111 §3.1). */
import { type FieldList, valuesOf, withoutFields } from "../fields.ts";
import { isEssential, type ResponseHead } from "./message.ts";

/** `trailer` is here because trailers are dropped: announcing them would be untrue, and Node refuses the field beside Content-Length. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * The end-to-end fields of a request or a response, in order: without the fields above and without those that Connection names. A
 * Connection that names a field meant for every recipient, such as Cache-Control or Vary, is not obeyed there: no sender may do
 * that (RFC 9110 §7.6.1), and obeying it would let a message shed the rules it is stored under.
 */
export function withoutHopByHop(fields: FieldList): string[] {
  const named = connectionOptions(fields);
  return withoutFields(
    fields,
    (name) => HOP_BY_HOP.has(name) || (named.has(name) && !isEssential(name)),
  );
}

/** A response's head as it is passed on and stored. A 204 has no content, so it tells no length of any (RFC 9110 §8.6). */
export function endToEndHead({ status, statusText, fields }: ResponseHead): ResponseHead {
  const kept = withoutHopByHop(fields);
  if (status !== 204) return { status, statusText, fields: kept };
  return { status, statusText, fields: withoutFields(kept, (name) => name === "content-length") };
}

const NO_OPTIONS: ReadonlySet<string> = new Set();

function connectionOptions(fields: FieldList): ReadonlySet<string> {
  const lines = valuesOf(fields, "connection");
  if (lines.length === 0) return NO_OPTIONS;
  const options = lines.join(",").toLowerCase().split(",");
  return new Set(options.map((option) => option.trim()));
}
