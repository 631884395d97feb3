/** Who may read items. */
import { z } from "zod";
import { globFault, tokenDigestFault } from "./item-texts.ts";
import { list, section, text } from "./kinds.ts";
import { notes } from "./notes.ts";

const token = text("a token, or `sha256:` and the SHA-256 of one in hex", tokenDigestFault);

const expiring = section({
  token: token
    .describe("A token, or `sha256:` and its SHA-256 in hex.")
    .register(notes, { secret: "all" }),
  expires: text("a date such as 2027-01-31 or 2027-01-31T12:00:00Z", (value) =>
    /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(value) &&
    !Number.isNaN(Date.parse(value))
      ? undefined
      : "must be a date such as 2027-01-31 or 2027-01-31T12:00:00Z",
  )
    .optional()
    .describe("From when it is worth nothing.")
    .register(notes, { fallback: "never" }),
});

const patterns = (what: string) =>
  z.union([text(what, globFault), list(text(what, globFault), "patterns")], {
    error: `must be ${what}, or a list of such patterns`,
  });

const client = section({
  token: z
    .union([token, list(z.union([token, expiring]), "tokens")], {
      error: "must be a token, or a list of tokens",
    })
    .describe(
      "What the client shows, as Bearer token or as user name of Basic authentication: one, or several for as long as it takes to replace one. `sha256:` and a digest keeps the token itself out of the file.",
    )
    .register(notes, { type: "text, or a list of tokens", secret: "all" }),
  url: patterns("a pattern such as /heroku/*")
    .default([])
    .describe(
      "The paths that the client may read, as shell patterns: `*` crosses slashes, `?`, `[abc]` and `[!abc]` are one character.",
    )
    .register(notes, { type: "text, or a list of text" }),
  paths: patterns("a pattern such as /heroku/*/url")
    .default([])
    .describe("More such paths, by segment: `*` crosses no slash, `**` is any number of segments.")
    .register(notes, { type: "text, or a list of text" }),
});

const OLD_FORM =
  "is in the form that cachish had before 1.1 (`token: url`): name each client, and give it a `token` and a `url`";

/** A fault of the old form names no key: there the keys are the tokens. */
export const clientsSchema = z.preprocess(
  (value, context) => {
    if (!isOldForm(value)) return value;
    context.issues.push({ code: "custom", message: OLD_FORM, input: value });
    return {};
  },
  z.record(z.string(), client, { error: "must be a group of clients, each under its name" }),
);

function isOldForm(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((each) => typeof each !== "object" || Array.isArray(each))
  );
}

export type ClientWords = z.output<typeof client>;
