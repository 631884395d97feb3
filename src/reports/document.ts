/** A report as programs get it: the stored form with instants in ISO 8601. Pure. */
import type { Report } from "./report.ts";

export function reportDocument(report: Report): Readonly<Record<string, unknown>> {
  return withDates(report) as Record<string, unknown>;
}

function withDates(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDates);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      name.endsWith("At") && typeof each === "number"
        ? new Date(each).toISOString()
        : withDates(each),
    ]),
  );
}
