/** A token that two clients have would make one of them the other. */
import { hash } from "node:crypto";
import type { SettingFault } from "./faults.ts";

/** `auth` may hold anything: what is no token is passed over. */
export function sharedTokens(auth: unknown): SettingFault[] {
  const owners = new Map<string, string>();
  const faults: SettingFault[] = [];
  for (const [name, client] of entriesOf(auth)) {
    for (const token of tokensOf(client)) {
      const digest = digestOf(token);
      const owner = owners.get(digest);
      if (owner === undefined) owners.set(digest, name);
      else if (owner === name)
        faults.push({ path: ["auth", name, "token"], message: "holds a token twice" });
      else
        faults.push({
          path: ["auth", name, "token"],
          message: `must be its own: the client ${JSON.stringify(owner)} has the same`,
        });
    }
  }
  return faults;
}

function digestOf(token: string): string {
  return token.startsWith("sha256:")
    ? token.slice("sha256:".length).toLowerCase()
    : hash("sha256", token);
}

function tokensOf(client: unknown): string[] {
  const given = entriesOf(client).find(([name]) => name === "token")?.[1];
  const all: unknown[] = Array.isArray(given) ? given : [given];
  return all.flatMap((each) => (typeof each === "object" ? tokensOf(each) : each)).filter(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
