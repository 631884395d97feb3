import type { z } from "zod";
import type { EgressSettings } from "./egress.ts";
import type { egressSchema } from "./schema-egress.ts";

/** Names are compared in lower case and without the dot of the root. */
export function compileEgress({ allow, hosts }: z.output<typeof egressSchema>): EgressSettings {
  return { allow: allow.map(plain), ...(hosts && { hosts: hosts.map(plain) }) };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
