/** Interim responses (RFC 9110 §15.2) from a source to its client, as they come. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import { withoutHopByHop } from "../cache/hop-by-hop.ts";
import { withoutFields } from "../fields.ts";
import type { InterimResponse } from "../sources/source.ts";

/**
 * Passes a 1xx on with its end-to-end fields; it has no body and says nothing of one. Not for HTTP/1.0 clients, which know none (RFC 9110 §15.2), nor for 100 and 101, which belong to the
 * connection. Node writes only 100, 102 and linked 103 itself, so the head goes to the socket directly; the final head follows on the same socket.
 */
export function sendInterim(
  req: IncomingMessage,
  res: ServerResponse,
  interim: InterimResponse,
): void {
  const { status } = interim;
  const { socket } = res;
  if (
    req.httpVersion !== "1.1" ||
    status < 102 ||
    res.headersSent ||
    socket === null ||
    socket.destroyed
  )
    return;
  const fields = withoutFields(
    withoutHopByHop(interim.fields),
    (name) => name === "content-length",
  );
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`;
  socket.write(`${head}\r\n`, "latin1");
}
