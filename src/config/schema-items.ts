/** Items: values of which the last good one is always served. */
import { z } from "zod";
import { itemPathFault, itemUrlFault, schemaFault } from "./item-texts.ts";
import { choice, duration, list, section, size, text, timeout, toggle } from "./kinds.ts";
import { notes } from "./notes.ts";
import { tokenFault } from "./texts.ts";

const kind = () =>
  choice(["any", "value", "string", "number", "integer", "boolean", "object", "array", "url"]);

const common = {
  public: toggle()
    .default(false)
    .describe("Whether everybody may read the value, without a token."),
  disable_auth: toggle()
    .default(false)
    .describe("The same as `public`, as cachish called it; it works with a warning."),
  mode: choice(["fresh", "source"])
    .default("fresh")
    .describe(
      "`fresh`: serve the stored value while it is fresh, then serve it once more and refresh behind the answer. `source`: ask the source for every answer, and serve the stored value when it fails or takes longer than `soft_timeout`.",
    ),
  fresh_for: duration().default("60s").describe("How long a value is fresh."),
  max_stale: duration()
    .optional()
    .describe("How long past its freshness a value is still served.")
    .register(notes, { fallback: "without end" }),
  soft_timeout: timeout()
    .default("2s")
    .describe("How long the source is waited for while there is a stored value."),
  timeout: timeout()
    .default("5s")
    .describe("Longest wait for a connection to the source, and for each part of its answer."),
  max_body: size().default("1MiB").describe("Largest answer of the source that is read."),
  refresh_every: duration({ min: "1s", max: "24d" })
    .optional()
    .describe("Time between refreshes by the worker that nobody has to ask for.")
    .register(notes, { fallback: "only when asked for" }),
  expect: z
    .union([kind(), z.record(z.string(), kind())], {
      error: "must be a kind of value such as `string`, or a group with one for each field",
    })
    .default("value")
    .describe(
      "What the value, or each of its fields, must be before it may replace a good one: `value` is anything but null and what is empty, `any` also these.",
    )
    .register(notes, { type: "kind of value, or field: kind" }),
  schema: z
    .record(z.string(), z.unknown(), { error: "must be a JSON Schema" })
    .check(({ value, issues }) => {
      const message = schemaFault(value);
      if (message !== undefined) issues.push({ code: "custom", message, input: value });
    })
    .optional()
    .describe("JSON Schema that the value must satisfy before it may replace a good one.")
    .register(notes, { type: "JSON Schema" }),
  compat: toggle()
    .default(false)
    .describe(
      "Send `X-Cache` and errors as cachish did; items of its own file have it, and mode `source`.",
    ),
};

const names = (what: string) =>
  z
    .union(
      [
        text(what),
        list(text(what), "fields").min(1, "must name at least one field"),
        z.record(z.string(), text("a path such as data.url")),
      ],
      { error: `must be ${what}, a list of them, or a group of names with a path each` },
    )
    .register(notes, { type: "text, list of text, or name: path" });

const field = names("a field such as url or data.url")
  .optional()
  .describe(
    "The fields that clients get, always in an object: names, or paths such as `data.urls.0`; a group gives each a name of its own.",
  )
  .register(notes, { fallback: "the whole document" });

const url = text("a URL such as https://api.example.org/config", itemUrlFault)
  .describe("What is asked by GET.")
  .register(notes, { secret: "url" });

const module = <const Name extends string>(name: Name) =>
  choice([name]).describe("What kind of source it is.").register(notes, {
    type: "`JsonHttp`, `Heroku` or `Hawk`",
  });

const parameters = "The source.";

const jsonHttp = section({
  module: module("JsonHttp"),
  parameters: section({ url, field }).describe(parameters),
  ...common,
});

const heroku = section({
  module: module("Heroku"),
  parameters: section({
    api_token: text("a token", tokenFault)
      .describe("Heroku: token of its API.")
      .register(notes, { secret: "all" }),
    app: text("the name of an app").describe("Heroku: name of the app."),
    config_key: names("a config var such as DATABASE_URL").describe(
      "Heroku: the config vars that clients get; in the same forms as `field`.",
    ),
    base_url: text("a URL such as https://api.heroku.com", itemUrlFault)
      .default("https://api.heroku.com")
      .describe("Heroku: where its API is.")
      .register(notes, { secret: "url" }),
  }).describe(parameters),
  ...common,
});

const hawk = section({
  module: module("Hawk"),
  parameters: section({
    secret_id: text("an id").describe("Hawk: id of the credentials."),
    secret: text("a key").describe("Hawk: their key.").register(notes, { secret: "all" }),
    algorithm: choice(["sha256", "sha1", "sha384", "sha512"])
      .default("sha256")
      .describe("Hawk: hash of the signature."),
    url,
    field,
  }).describe(parameters),
  ...common,
});

const item = z.discriminatedUnion("module", [jsonHttp, heroku, hawk], {
  error: "must be `JsonHttp`, `Heroku` or `Hawk`",
});

export const itemsSchema = z.record(
  z.string().check(({ value, issues }) => {
    const message = itemPathFault(value);
    if (message !== undefined) issues.push({ code: "custom", message, input: value });
  }),
  item,
  { error: "must be a group of items, each under its path" },
);

export type ItemWords = z.output<typeof item>;
