/** With what GitHub is asked, how much at a time, and how long its answers are kept. */
import { z } from "zod";
import { duration, integer, section, text } from "./kinds.ts";
import { notes } from "./notes.ts";
import { tokenFault } from "./texts.ts";

const TOKENS = "a token, or several apart by spaces or commas";

function tokensFault(value: string): string | undefined {
  const tokens = splitTokens(value);
  return tokens.length > 0 && tokens.every((token) => tokenFault(token) === undefined)
    ? undefined
    : `must be ${TOKENS}`;
}

export function splitTokens(value: string): string[] {
  return value.split(/[\s,]+/).filter((token) => token !== "");
}

function numberFault(value: string): string | undefined {
  return /^\d{1,15}$/.test(value) ? undefined : "must be a number, as text";
}

function keyFault(value: string): string | undefined {
  return /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(value.trim())
    ? undefined
    : "must be a private key in PEM form";
}

/** Plain digits out of the environment are seconds, as GitBrag had it. */
function life(standard: string) {
  const seconds = (value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value) ? `${value}s` : value;
  return z.preprocess(seconds, duration({ max: "30d" })).default(standard);
}

const app = section({
  id: text("a number, as text", numberFault)
    .optional()
    .describe("Id of a GitHub App with whose installation GitHub is asked.")
    .register(notes, { env: ["GITHUB_APP_ID"] }),
  installation_id: text("a number, as text", numberFault)
    .optional()
    .describe("Id of its installation.")
    .register(notes, { env: ["GITHUB_APP_INSTALLATION_ID"] }),
  private_key: text("a private key in PEM form", keyFault)
    .optional()
    .describe("Its private key.")
    .register(notes, { env: ["GITHUB_APP_PRIVATE_KEY"], secret: "all" }),
}).refine(
  ({ id, installation_id, private_key }) =>
    new Set([id, installation_id, private_key].map((value) => value === undefined)).size === 1,
  { error: "needs id, installation_id and private_key, or none of them" },
);

/** The part of the section `github` that is about making reports. */
export const gitHubAccess = {
  token: text(TOKENS, tokensFault)
    .optional()
    .describe(
      "Personal token with which GitHub is asked when no signed-in user lends one; several apart by spaces, used in this order. It needs no rights.",
    )
    .register(notes, { env: ["GITHUB_TOKEN"], secret: "all" }),
  app: app.prefault({}).describe("A GitHub App, asked with beside tokens."),
  files_ttl: life("6h")
    .describe(
      "How long the files of a pull request are not asked for again; plain digits are seconds.",
    )
    .register(notes, { env: ["GITHUB_FILES_TTL", "PR_FILES_CACHE_TTL"] }),
  stars_ttl: life("1d")
    .describe("The same for the stars of a repository.")
    .register(notes, { env: ["GITHUB_STARS_TTL", "CACHE_STAR_INCREASE_TTL"] }),
  pulls_at_a_time: integer(1, 20)
    .default(5)
    .describe("Pull requests that one report asks about at a time.")
    .register(notes, { env: ["GITHUB_PULLS_AT_A_TIME", "GITHUB_PR_FILE_FETCH_CONCURRENCY"] }),
  repositories_at_a_time: integer(1, 20)
    .default(10)
    .describe("The same for repositories.")
    .register(notes, {
      env: ["GITHUB_REPOSITORIES_AT_A_TIME", "GITHUB_REPO_DESC_FETCH_CONCURRENCY"],
    }),
};
