/** With what this installation asks GitHub. */
import type { GitHubSettings } from "./config/github.ts";
import { appCredential, type Credential, tokenCredential } from "./github/credentials.ts";
import { fetchOver } from "./github/fetch.ts";
import type { Sender } from "./github/send.ts";

/** Personal tokens first, in their order, then the app. */
export function openCredentials(
  { tokens, app, apiUrl }: GitHubSettings,
  sender: Sender,
): readonly Credential[] {
  return [
    ...tokens.map(tokenCredential),
    ...(app === undefined ? [] : [appCredential(app, apiUrl, fetchOver(sender.send))]),
  ];
}
