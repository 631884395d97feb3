/** Of a document, what clients get. */

/** `missing`: the document has no such field. */
export type Selected = { readonly value: unknown } | { readonly missing: string };

/** An object with exactly the fields, or the whole document. */
export function selectFields(
  document: unknown,
  fields: ReadonlyMap<string, string> | undefined,
): Selected {
  if (fields === undefined) return { value: document };
  const selected: [string, unknown][] = [];
  for (const [name, path] of fields) {
    const found = fieldAt(document, path);
    if (found === undefined) return { missing: name };
    selected.push([name, found.value]);
  }
  return { value: Object.fromEntries(selected) };
}

/** A field that has this very name, dots and all, comes before one that lies deeper. */
function fieldAt(document: unknown, path: string): { readonly value: unknown } | undefined {
  const whole = memberOf(document, path);
  if (whole !== undefined || !path.includes(".")) return whole;
  let here: { readonly value: unknown } | undefined = { value: document };
  for (const name of path.split(".")) here = here && memberOf(here.value, name);
  return here;
}

function memberOf(value: unknown, name: string): { readonly value: unknown } | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  // Of a list only its members: `length` is not in the document.
  if (Array.isArray(value) && !/^\d+$/.test(name)) return undefined;
  return { value: (value as Record<string, unknown>)[name] };
}
