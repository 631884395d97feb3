/** What a report is made of, as JSON Schema: the stored form, with instants as text. */
import { z } from "zod";
import { reportSchema as stored } from "../../reports/report.ts";

const STANDING = {
  stale: { type: "boolean", description: "Whether it is old enough to be worth making anew." },
  job: { type: "string", description: "The job that makes a newer one right now." },
};

interface Schema {
  readonly [name: string]: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

export const reportSchema = schemaOf();

function schemaOf(): Schema {
  const { $schema: _, ...schema } = withInstants(z.toJSONSchema(stored)) as Schema;
  return {
    ...schema,
    properties: { ...schema.properties, ...STANDING },
    required: [...(schema.required ?? []), "stale"],
  };
}

/** What is named `…At` is an instant. */
function withInstants(schema: unknown, name = ""): unknown {
  if (Array.isArray(schema)) return schema.map((part) => withInstants(part, name));
  if (typeof schema !== "object" || schema === null) return schema;
  if (name.endsWith("At") && (schema as Schema).type === "integer")
    return { type: "string", format: "date-time" };
  const parts = Object.entries(schema).map(([key, part]) => [
    key,
    withInstants(part, key === "anyOf" ? name : key),
  ]);
  return Object.fromEntries(parts);
}
