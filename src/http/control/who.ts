import type { IncomingMessage } from "node:http";

const LONGEST_NAME = 64;

/** Who asks, for the audit: the name given with Basic authentication, else how they came in; and from where. Names are not checked. */
export function whoOf(req: IncomingMessage): string {
  const [scheme, credential = ""] = (req.headers.authorization ?? "").split(/ +/, 2);
  const address = req.socket.remoteAddress ?? "an unknown address";
  return `${nameOf(scheme?.toLowerCase(), credential)} from ${address}`;
}

function nameOf(scheme: string | undefined, credential: string): string {
  if (scheme === "bearer") return "token";
  if (scheme !== "basic") return "anybody";
  const [name = ""] = Buffer.from(credential, "base64").toString().split(":", 1);
  const plain = name.replaceAll(/[^\p{L}\p{N}@._+-]/gu, "").slice(0, LONGEST_NAME);
  return plain === "" ? "token" : plain;
}
