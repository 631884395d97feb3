/** The list of all settings, read off the schema: the environment, the documentation and `config print` go by it. */
import { z } from "zod";
import { type Note, notes } from "./notes.ts";
import { settingsSchema } from "./schema.ts";

export interface Setting extends Note {
  /** `routes[].source.url` is ["routes", "[]", "source", "url"]; a name of the operator's choice is `*`. */
  readonly path: readonly string[];
  readonly sentence: string | undefined;
  /** As it would stand in the file; absent when there is none. */
  readonly standard?: unknown;
  readonly required: boolean;
  /** It only holds other settings. */
  readonly group: boolean;
}

/** Every setting below a schema, each group before its members. */
export function listSettings(schema: z.ZodType = settingsSchema): Setting[] {
  return below(schema, []);
}

function below(schema: z.ZodType, path: readonly string[]): Setting[] {
  const base = unwrap(schema).schema;
  if (base instanceof z.ZodObject) {
    return Object.entries(base.shape as Record<string, z.ZodType>).flatMap(([name, member]) => [
      describe(member, [...path, name]),
      ...below(member, [...path, name]),
    ]);
  }
  if (base instanceof z.ZodUnion)
    return base.options.flatMap((option) => below(option as z.ZodType, path));
  if (base instanceof z.ZodRecord) return below(base.valueType as z.ZodType, [...path, "*"]);
  if (base instanceof z.ZodArray) return below(base.element as z.ZodType, [...path, "[]"]);
  return [];
}

function describe(schema: z.ZodType, path: readonly string[]): Setting {
  const { schema: base, note, standard, optional } = unwrap(schema);
  return {
    ...note,
    path,
    sentence: schema.description,
    required: !optional && standard === undefined,
    group: base instanceof z.ZodObject,
    ...(standard !== undefined && { standard }),
  };
}

interface Unwrapped {
  readonly schema: z.ZodType;
  /** Notes of all layers, the outermost first. */
  readonly note: Note;
  readonly standard: unknown;
  readonly optional: boolean;
}

/** Takes defaults, optionality and transformations off a schema. */
function unwrap(schema: z.ZodType): Unwrapped {
  const note = notes.get(schema) ?? {};
  const inner = innerOf(schema);
  if (inner === undefined) return { schema, note, standard: undefined, optional: false };
  const rest = unwrap(inner);
  const standard =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
      ? schema.def.defaultValue
      : rest.standard;
  return {
    schema: rest.schema,
    note: { ...rest.note, ...note },
    standard,
    optional: rest.optional || schema instanceof z.ZodOptional,
  };
}

function innerOf(schema: z.ZodType): z.ZodType | undefined {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional
  )
    return schema.unwrap() as z.ZodType;
  if (!(schema instanceof z.ZodPipe)) return undefined;
  return (schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType;
}
