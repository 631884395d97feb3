/** How a question to the source of an item failed: what one process learns, all may tell. */
import { z } from "zod";
import { readStored } from "../redis/stored-json.ts";

/** Why there is no new value. `rejected`: the source does not accept our credentials. `refused`: what it sent may not replace a good value. */
export type RenewFault = z.output<typeof trouble>["fault"];

export type Trouble = z.output<typeof trouble>;

const trouble = z.object({
  fault: z.enum(["unreachable", "unusable", "rejected", "refused"]),
  /** When the source was asked, in milliseconds since the epoch. A value that is newer is a sign that the trouble is over. */
  at: z.number(),
});

/** What another process has written; undefined when it is nothing of the kind. */
export function parseTrouble(text: string | null): Trouble | undefined {
  return readStored(trouble, text);
}
