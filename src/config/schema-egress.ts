/** Where sources may be. */
import { isIP } from "node:net";
import { list, section, text } from "./kinds.ts";
import { notes } from "./notes.ts";

const HOST = /^(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?$/;

function hostPatternFault(value: string): string | undefined {
  return HOST.test(value) || isIP(value) !== 0
    ? undefined
    : "must be a host name, `*.` and a domain, or an address";
}

function allowFault(value: string): string | undefined {
  const [address = "", bits, ...rest] = value.split("/");
  const most = isIP(address) === 4 ? 32 : 128;
  const isNetwork = isIP(address) !== 0 && /^\d{1,3}$/.test(bits ?? "") && Number(bits) <= most;
  return (isNetwork && rest.length === 0) || hostPatternFault(value) === undefined
    ? undefined
    : "must be an address, a network such as 10.0.0.0/8, a host name, or `*.` and a domain";
}

export const egressSchema = section({
  allow: list(text("an address, a network or a host name", allowFault), "addresses")
    .default([])
    .describe(
      "Addresses, networks and host names that sources may be at besides public addresses. Loopback and private addresses need no entry where the source's URL names the address itself, or a host of no public domain such as `localhost`, `api` or `api.internal`.",
    ),
  hosts: list(text("a host name", hostPatternFault), "hosts")
    .optional()
    .describe("The only hosts that may be asked; `*.example.org` is every name below.")
    .register(notes, { fallback: "every host that a source names" }),
});
