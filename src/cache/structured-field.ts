/** Structured fields as lists of strings and dictionaries (RFC 9651); what does not parse is as good as absent (§4.2). */
import { type Dictionary, parseDictionary, parseList } from "structured-headers";
import { type FieldList, joinedValue } from "../fields.ts";

/** A dictionary field; undefined when it is absent or malformed anywhere. */
export function dictionaryOf(fields: FieldList, name: string): Dictionary | undefined {
  return parsed(fields, name, parseDictionary);
}

/** The strings of a list field; members of other types are left out. Empty when the field is absent or malformed anywhere. */
export function stringsOf(fields: FieldList, name: string): string[] {
  const members = parsed(fields, name, parseList) ?? [];
  return members.map(([value]) => value).filter((value) => typeof value === "string");
}

function parsed<T>(fields: FieldList, name: string, parse: (text: string) => T): T | undefined {
  const text = joinedValue(fields, name);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
