import type { CreateSource } from "../helpers/source.ts";
import { describeFaults } from "./source-faults.ts";
import { describeRequests, describeResponses } from "./source-messages.ts";

/** What every source must do, told by origins that behave and origins that do not. */
export function describeSource(create: CreateSource): void {
  describeRequests(create);
  describeResponses(create);
  describeFaults(create);
}
