/** Which requests keep away from the store, what tells stored responses apart, and which may replace a good one. */
import { z } from "zod";
import { choice, integer, list, section, share, size, text, toggle } from "./kinds.ts";
import { notes } from "./notes.ts";
import { fieldFault, mediaTypeFault } from "./texts.ts";

export const guards = section({
  status: list(integer(200, 599), "statuses")
    .optional()
    .describe("The statuses that count as good."),
  content_type: list(text("a media type such as application/json", mediaTypeFault), "media types")
    .optional()
    .describe("The media types that count as good; parameters such as charset do not matter."),
  min_bytes: size().optional().describe("The smallest body that counts as good."),
  json: toggle().default(false).describe("The body must be valid JSON."),
  json_paths: list(text("a path such as data.items"), "paths")
    .default([])
    .describe("Paths such as `data.items` that must be there in the JSON body."),
  max_shrink: share()
    .optional()
    .describe("The share by which a body may be smaller than the stored one, such as 50%."),
});

const fields = (what: string) => list(text("a field name such as accept", fieldFault), what);
const parameters = list(text("a parameter name"), "query parameters");

const someParameters = section({
  allow: parameters.optional().describe("Only these count; the others are dropped."),
  ignore: parameters.optional().describe("These are dropped; the others count."),
}).refine(({ allow, ignore }) => (allow === undefined) !== (ignore === undefined), {
  error: "must hold either `allow` or `ignore`",
});

export const key = section({
  query: z
    .union([choice(["all", "sorted"]), someParameters], {
      error: "must be `all`, `sorted`, { allow: [names] } or { ignore: [names] }",
    })
    .default("all")
    .describe(
      "Which query parameters tell responses apart: all as they came, all sorted by name, only those allowed, or all but those ignored. What does not count does not reach the source either.",
    )
    .register(notes, { type: "`all`, `sorted`, or a group" }),
  fields: fields("request field names")
    .default([])
    .describe(
      "More request fields that tell responses apart; for preset `api` they are forwarded too.",
    ),
});

export const bypass = section({
  query: z
    .record(
      z.string(),
      z.preprocess(
        (value) => (typeof value === "boolean" || Number.isInteger(value) ? String(value) : value),
        text("the value that the parameter has"),
      ),
      { error: 'must be a group of parameters and values, such as { preview: "true" }' },
    )
    .default({})
    .describe(
      'Query parameters with a value, such as `preview: "true"`, any of which keeps a request away from the store.',
    )
    .register(notes, { type: "parameter: value" }),
  methods: list(
    text("a method such as POST", (method) =>
      /^[A-Z]+(-[A-Z]+)*$/.test(method) ? undefined : "must be a method in capitals, such as GET",
    ),
    "methods",
  )
    .default([])
    .describe(
      "Methods that keep away from the store; with GET and HEAD here the route stores nothing.",
    ),
  fields: fields("request field names")
    .default([])
    .describe("Request fields whose presence keeps a request away from the store."),
});
