import { createHash } from "node:crypto";
import type { z } from "zod";
import type { Config } from "./config.ts";
import type { controlSchema } from "./schema-control.ts";

export function compileControl(words: z.output<typeof controlSchema>): Config["control"] {
  const { host, port, token, tokens } = words;
  return {
    ...{ host, port },
    ...(token !== undefined && { token }),
    ...(tokens.length > 0 && {
      operators: tokens.map(({ name, role, token = "", token_sha256 }) => ({
        ...{ name, role },
        digest:
          token_sha256 === undefined
            ? createHash("sha256").update(token).digest()
            : Buffer.from(token_sha256, "hex"),
      })),
    }),
  };
}
