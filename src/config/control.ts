/** Who may use the control plane, and for what. */

/** From less to more: who looks, who acts on jobs and stored responses, and who may also take away what cannot be brought back. */
export const ROLES = ["viewer", "operator", "admin"] as const;

export type Role = (typeof ROLES)[number];

/** Somebody who shows a token. */
export interface Operator {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token. */
  readonly digest: Buffer;
}

/** Whether a role includes what another one may do. */
export function includesRole(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
