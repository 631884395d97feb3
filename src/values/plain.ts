/** Which values can be stored and come back equal. */
import { types } from "node:util";
import { UnstorableError } from "./errors.ts";

/** `json`: JSON keeps it exactly. `clone`: it takes the structured clone of V8 (dates, maps, sets, big integers, binary, `undefined`, cycles). */
export type Form = "json" | "clone";

/** Throws an `UnstorableError` for what would come back as something else: functions, symbols, and instances of classes. */
export function formOf(value: unknown): Form {
  return inspect(value, new Set());
}

const DEEPEST = 500;

function inspect(value: unknown, above: Set<object>): Form {
  if (typeof value !== "object" || value === null) return formOfPrimitive(value);
  // A cycle, or so deep that JSON's own recursion could end.
  if (above.has(value) || above.size > DEEPEST) return "clone";
  above.add(value);
  const form = formOfObject(value, above);
  above.delete(value);
  return form;
}

function formOfPrimitive(value: unknown): Form {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0) ? "json" : "clone";
    case "bigint":
    case "undefined":
      return "clone";
    case "function":
    case "symbol":
      throw new UnstorableError(`A ${typeof value} cannot be stored.`);
    default:
      return "json";
  }
}

function formOfObject(value: object, above: Set<object>): Form {
  if (Array.isArray(value)) return formOfArray(value, above);
  if (isBuiltIn(value)) return formOfBuiltIn(value, above);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new UnstorableError(
      `An instance of ${nameOf(prototype)} cannot be stored: make it plain data first.`,
    );
  let form: Form = prototype === null || "toJSON" in value ? "clone" : "json";
  for (const member of Object.values(value)) if (inspect(member, above) === "clone") form = "clone";
  return form;
}

/** JSON makes null of holes, and leaves out what else an array may carry. */
function formOfArray(value: readonly unknown[], above: Set<object>): Form {
  let form: Form = Object.keys(value).length === value.length ? "json" : "clone";
  for (const member of value) if (inspect(member, above) === "clone") form = "clone";
  return form;
}

function isBuiltIn(value: object): boolean {
  return (
    types.isDate(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    types.isRegExp(value) ||
    types.isArrayBuffer(value) ||
    ArrayBuffer.isView(value) ||
    types.isNativeError(value) ||
    types.isBoxedPrimitive(value)
  );
}

function formOfBuiltIn(value: object, above: Set<object>): Form {
  if (types.isSymbolObject(value)) throw new UnstorableError("A symbol cannot be stored.");
  if (types.isMap(value))
    for (const [key, member] of value) {
      inspect(key, above);
      inspect(member, above);
    }
  if (types.isSet(value)) for (const member of value) inspect(member, above);
  return "clone";
}

function nameOf(prototype: { readonly constructor?: unknown }): string {
  const maker = prototype.constructor;
  return typeof maker === "function" && maker.name !== "" ? maker.name : "a class";
}
