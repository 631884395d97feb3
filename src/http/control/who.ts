import type { IncomingMessage } from "node:http";
import { identityOf } from "./identity.ts";

const LONGEST_NAME = 64;

/**
 * Who asks, for the audit, and from where: the name of their token; else the name given with Basic authentication, which nobody has checked,
 * or how they came in.
 */
export function whoOf(req: IncomingMessage): string {
  const [scheme, credential = ""] = (req.headers.authorization ?? "").split(/ +/, 2);
  const address = req.socket.remoteAddress ?? "an unknown address";
  const name = identityOf(req)?.name ?? nameOf(scheme?.toLowerCase(), credential);
  return `${name} from ${address}`;
}

function nameOf(scheme: string | undefined, credential: string): string {
  if (scheme === "bearer") return "token";
  if (scheme !== "basic") return "anybody";
  const [name = ""] = Buffer.from(credential, "base64").toString().split(":", 1);
  const plain = name.replaceAll(/[^\p{L}\p{N}@._+-]/gu, "").slice(0, LONGEST_NAME);
  return plain === "" ? "token" : plain;
}
