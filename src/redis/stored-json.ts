import type { z } from "zod";

/** What a stored text holds; undefined when there is none, or it is of another version or another hand. */
export function readStored<T>(
  schema: z.ZodType<T>,
  text: string | null | undefined,
): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text ?? "")).data;
  } catch {
    return undefined;
  }
}
