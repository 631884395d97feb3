/** Who asks the control plane. */
import type { IncomingMessage } from "node:http";
import type { Role } from "../../config/control.ts";

export interface Identity {
  /** Absent when the credential says nothing of it. */
  readonly name?: string;
  readonly role: Role;
}

const identities = new WeakMap<IncomingMessage, Identity>();

/** Only authentication says who it is. */
export function identify(req: IncomingMessage, identity: Identity): void {
  identities.set(req, identity);
}

/** Undefined before authentication. */
export function identityOf(req: IncomingMessage): Identity | undefined {
  return identities.get(req);
}
