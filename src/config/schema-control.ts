/** The control plane: where operators look and act, and who they are. */
import { ROLES } from "./control.ts";
import { choice, integer, list, section, text } from "./kinds.ts";
import { notes } from "./notes.ts";
import { hostFault, nameFault, tokenFault } from "./texts.ts";

const DIGEST = "the SHA-256 of a token, 64 hexadecimal digits";

const token = section({
  name: text("a name", nameFault).describe("Who it is, for the audit."),
  role: choice(ROLES).describe(
    "What they may do: `viewer` looks, `operator` also acts on jobs and stored responses, `admin` also removes jobs and changes queues.",
  ),
  token: text("a token", tokenFault)
    .optional()
    .describe("What they show, as Bearer token or as password of Basic authentication.")
    .register(notes, { secret: "all", fallback: "`token_sha256`" }),
  token_sha256: text(DIGEST, (value) =>
    /^[\da-f]{64}$/i.test(value) ? undefined : `must be ${DIGEST}`,
  )
    .optional()
    .describe("The SHA-256 of that token in hex, which keeps the token itself out of the file.")
    .register(notes, { secret: "all", fallback: "`token`" }),
});

export const controlSchema = section({
  host: text("an IP address or host name", hostFault)
    .default("127.0.0.1")
    .describe("Address of the control plane; any other than this machine's own needs a token.")
    .register(notes, { env: ["CONTROL_HOST"] }),
  port: integer(0, 65_535)
    .default(8889)
    .describe("Port of the control plane; 0 takes a free one.")
    .register(notes, { env: ["CONTROL_PORT"] }),
  token: text("a token", tokenFault)
    .optional()
    .describe("What an admin shows as Bearer token or as password of Basic authentication.")
    .register(notes, { env: ["CONTROL_TOKEN"], secret: "all" }),
  tokens: list(token, "tokens")
    .default([])
    .describe("More tokens, each with the name and the role of whoever shows it."),
});
