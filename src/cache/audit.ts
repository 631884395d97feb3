/** What operators did to the cache. */
import { z } from "zod";
import { readStored } from "../redis/stored-json.ts";

/** One act of an operator. Texts of others in it are cut, and hold no secrets. */
export interface AuditRecord {
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly who: string;
  readonly action: "purge" | "rollback";
  /** The first few things that it was done to. */
  readonly what: readonly string[];
  /** How many there were. */
  readonly count: number;
  readonly mode?: "hard" | "soft" | undefined;
}

const recordSchema = z.object({
  id: z.string(),
  time: z.string(),
  who: z.string(),
  action: z.enum(["purge", "rollback"]),
  what: z.array(z.string()),
  count: z.number(),
  mode: z.enum(["hard", "soft"]).optional(),
});

/** The record in a text, or undefined when it is of another version or another hand. */
export function parseAuditRecord(text: string): AuditRecord | undefined {
  return readStored(recordSchema, text);
}
