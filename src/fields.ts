/**
 * Header fields as they came over the wire: a flat list `[name, value, name, value, …]` in order, repeated fields repeated.
 * The same shape as Node's `rawHeaders` and as `writeHead` takes it, so nothing is rebuilt on the way through.
 */
export type FieldList = readonly string[];

/** Milliseconds since the epoch. */
export type Instant = number;

/** Every value of a field, in order. `name` is lower case. */
export function valuesOf(fields: FieldList, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const candidate = fields[i] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name) {
      values.push(fields[i + 1] as string);
    }
  }
  return values;
}

/** The lines of a list field joined by comma and space (RFC 9110 §5.3), or undefined when the field is absent. */
export function joinedValue(fields: FieldList, name: string): string | undefined {
  const values = valuesOf(fields, name);
  return values.length === 0 ? undefined : values.join(", ");
}

/** Whether a field is there. `name` is lower case. */
export function hasField(fields: FieldList, name: string): boolean {
  return valuesOf(fields, name).length > 0;
}

/** The list without the fields for which `drop(lowerCaseName)` is true. */
export function withoutFields(fields: FieldList, drop: (name: string) => boolean): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] as string;
    if (!drop(name.toLowerCase())) kept.push(name, fields[i + 1] as string);
  }
  return kept;
}
