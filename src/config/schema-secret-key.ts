/** The keys under which secrets are sealed at rest. */
import { z } from "zod";
import { list, text } from "./kinds.ts";
import { parseSecretKeys } from "./secret-keys.ts";

const WHAT = "32 random bytes in base64 or hex, such as `openssl rand -base64 32` prints";

const keys = text(WHAT, (value) =>
  parseSecretKeys(value) === undefined ? `must be ${WHAT}` : undefined,
);

/** One text, the keys apart by spaces: a list would have values that no note marks as secret. */
export const secretKeySchema = z
  .union([keys, list(keys, "keys").min(1, "must hold at least one key")], {
    error: `must be ${WHAT}, or a list of such keys`,
  })
  .transform((value) => (typeof value === "string" ? value : value.join(" ")));
