/** Rules about the tokens of operators. */
import { hash } from "node:crypto";
import { z } from "zod";
import { isLoopback } from "./addresses.ts";
import type { SettingFault } from "./faults.ts";

const text = z.string().optional().catch(undefined);
const token = z
  .object({ name: text, token: text, token_sha256: text })
  .catch({ name: undefined, token: undefined, token_sha256: undefined });
/** As much of the settings as these rules need, from a tree that may hold anything. */
const outline = z
  .object({ host: text, token: text, tokens: z.array(token).catch([]).default([]) })
  .catch({ host: undefined, token: undefined, tokens: [] });

type TokenOutline = z.output<typeof token>;

/** `control` may hold anything. */
export function controlFaults(control: unknown): SettingFault[] {
  const settings = outline.parse(control ?? {});
  return [...openFaults(settings), ...tokenFaults(settings)];
}

function openFaults({ host, token, tokens }: z.output<typeof outline>): SettingFault[] {
  if (host === undefined || isLoopback(host) || token !== undefined || tokens.length > 0) return [];
  const message =
    "is reachable from other machines, so control.token must be set (CONTROL_TOKEN or CONTROL_TOKEN_FILE); or use 127.0.0.1";
  return [{ path: ["control", "host"], message }];
}

function tokenFaults({ token, tokens }: z.output<typeof outline>): SettingFault[] {
  const names = new Set<string>();
  const digests = new Set<string>();
  return tokens.flatMap((each, i) => {
    const fault = (setting: string, message: string): SettingFault[] => [
      { path: ["control", "tokens", i, setting], message },
    ];
    if ((each.token === undefined) === (each.token_sha256 === undefined))
      return fault("token", "or token_sha256 must be set, and not both");
    const digest = digestOf(each);
    if (each.name !== undefined && names.has(each.name))
      return fault("name", "must be its own: another token has the same");
    if (token !== undefined && digest === hash("sha256", token))
      return fault("token", "must be its own: control.token (CONTROL_TOKEN) is the same");
    if (digests.has(digest)) return fault("token", "must be its own: another one is the same");
    if (each.name !== undefined) names.add(each.name);
    digests.add(digest);
    return [];
  });
}

function digestOf({ token = "", token_sha256 }: TokenOutline): string {
  return token_sha256?.toLowerCase() ?? hash("sha256", token);
}
