/** The head of a source's response on its way to a client. */
import type { ResponseHead } from "../cache/message.ts";
import { hasField, withoutFields } from "../fields.ts";
import type { Exchange } from "./transaction.ts";

/** Writes a head as the source sent it, with our own fields behind. Preset `api` hands no cookies out. */
export function writeResponseHead(
  x: Exchange,
  head: ResponseHead,
  cacheStatus: string,
  ours = x.asked.served.missFields,
): void {
  const cookieless = x.asked.served.route.preset === "api";
  const fields = cookieless
    ? withoutFields(head.fields, (name) => name === "set-cookie" || name === "set-cookie2")
    : head.fields;
  x.res.sendDate = !hasField(fields, "date");
  x.res.writeHead(head.status, head.statusText, [...fields, ...ours, "Cache-Status", cacheStatus]);
}
