/** Faults in the configuration: where, which setting, what is wrong and what would be right. Collected, then told all at once. */
import type { z } from "zod";
import { SetupError } from "../errors.ts";

export type SettingPath = readonly (string | number)[];

/** Where a value stands: `warmfront.yaml:3:5`, or the name of an environment variable. */
export interface Place {
  readonly text: string;
  /** Position in the file, for the order of faults. */
  readonly line?: number;
  readonly column?: number;
}

export interface Fault {
  readonly place: Place | undefined;
  /** Empty when the fault is of no one setting. */
  readonly path: SettingPath;
  /** Goes on where the path ends: "must be …", "is missing: …". */
  readonly message: string;
}

/** `routes[0].source.url` */
export function pathText(path: SettingPath): string {
  return path
    .map((part) => {
      if (typeof part === "number") return `[${part}]`;
      return /^[\w-]+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`;
    })
    .join("")
    .replace(/^\./, "");
}

/** All faults in one error, in the order of the file. */
export function configurationError(faults: readonly Fault[]): SetupError {
  const ordered = faults.toSorted(
    (a, b) => lineOf(a) - lineOf(b) || (a.place?.column ?? 0) - (b.place?.column ?? 0),
  );
  const lines = new Set(ordered.map(faultText));
  const count = lines.size === 1 ? "a fault" : `${lines.size} faults`;
  return new SetupError([`The configuration has ${count}:`, ...lines].join("\n  "));
}

function lineOf({ place }: Fault): number {
  return place?.line ?? Number.MAX_SAFE_INTEGER;
}

function faultText({ place, path, message }: Fault): string {
  const subject = pathText(path);
  return [place && `${place.text}:`, subject, message].filter(Boolean).join(" ");
}

/** A fault of a setting, not yet placed. */
export interface SettingFault {
  readonly path: SettingPath;
  readonly message: string;
}

/** The faults that a schema found: one for each unknown name, and of a union those of the form that was meant. */
export function faultsOf(error: z.ZodError): SettingFault[] {
  return error.issues.flatMap((issue) => fromIssue(issue, []));
}

function fromIssue(issue: z.core.$ZodIssue, base: SettingPath): SettingFault[] {
  const path = [...base, ...(issue.path as SettingPath)];
  switch (issue.code) {
    case "unrecognized_keys": {
      const hints = issue.message.split("\n");
      return issue.keys.map((key, i) => ({ path: [...path, key], message: hints[i] as string }));
    }
    case "invalid_union": {
      const meant = meantForm(issue.errors);
      return meant?.flatMap((each) => fromIssue(each, path)) ?? [{ path, message: issue.message }];
    }
    case "invalid_key":
      return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** The issues of the alternative that the value comes nearest to; undefined when it is no try at any of them. */
function meantForm(alternatives: z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  return alternatives
    .filter((issues) => !issues.some(isOtherKind))
    .toSorted((a, b) => a.length - b.length)[0];
}

function isOtherKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && ["invalid_type", "invalid_value", "invalid_union"].includes(code);
}
