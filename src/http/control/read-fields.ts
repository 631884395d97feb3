import type { z } from "zod";
import { badField } from "./answer.ts";

/** What a query or a body says, by its schema. Throws a `ProblemError` that names the first field that is wrong. */
export function readFields<T>(schema: z.ZodType<T>, given: unknown): T {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  throw firstFault(read.error);
}

function firstFault({ issues }: z.ZodError): Error {
  const [issue] = issues;
  if (issue?.code === "unrecognized_keys")
    return badField(issue.keys.join(", "), "is not known here");
  return badField(issue?.path.join(".") || "The request", issue?.message ?? "cannot be read");
}
