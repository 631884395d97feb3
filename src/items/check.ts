/** Whether a value may replace a good one. */
import { z } from "zod";
import type { ItemKind, ItemSettings } from "../config/items.ts";

/** What is wrong with a value, in words that hold nothing of it; undefined when nothing is. */
export type Check = (value: unknown) => string | undefined;

export function createCheck({
  fields,
  expect,
  schema,
}: Pick<ItemSettings, "fields" | "expect" | "schema">): Check {
  const satisfies = schema === undefined ? undefined : z.fromJSONSchema(schema);
  const isSelected = fields !== undefined;
  return (value) => {
    const fault = kindFault(value, expect, isSelected);
    if (fault !== undefined || satisfies === undefined) return fault;
    const path = satisfies.safeParse(value).error?.issues[0]?.path;
    if (path === undefined) return undefined;
    return `${path.length === 0 ? "the value" : path.join(".")} does not satisfy the schema`;
  };
}

/** One kind for all is that of each field when fields were selected, and of the document when not. */
function kindFault(
  value: unknown,
  expect: ItemSettings["expect"],
  isSelected: boolean,
): string | undefined {
  if (typeof expect === "string" && !isSelected)
    return IS[expect](value) ? undefined : `the value is not ${WORDS[expect]}`;
  const members = new Map(isObject(value) ? Object.entries(value) : []);
  const names = typeof expect === "string" ? [] : [...expect.keys()];
  const missing = names.find((name) => !members.has(name));
  if (missing !== undefined) return `${missing} is missing`;
  const kindOf = (name: string) =>
    typeof expect === "string" ? expect : (expect.get(name) ?? "any");
  const wrong = [...members].find(([name, member]) => !IS[kindOf(name)](member))?.[0];
  return wrong === undefined ? undefined : `${wrong} is not ${WORDS[kindOf(wrong)]}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const IS: Record<ItemKind, (value: unknown) => boolean> = {
  any: () => true,
  value: isSomething,
  string: (value) => typeof value === "string" && value !== "",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  object: isObject,
  array: (value) => Array.isArray(value),
  url: (value) => typeof value === "string" && URL.canParse(value),
};

const WORDS: Record<ItemKind, string> = {
  any: "anything",
  value: "there, or is empty",
  string: "a text that holds something",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  url: "a URL",
};

function isSomething(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}
