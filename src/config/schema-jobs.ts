/** Jobs as clients see them: what whoever waits for one may take. */
import { duration, integer, section } from "./kinds.ts";
import { notes } from "./notes.ts";

export const jobsSchema = section({
  watchers: integer(0, 100_000)
    .default(1_000)
    .describe("Connections of clients that wait for jobs, in one web process.")
    .register(notes, { env: ["JOB_WATCHERS"] }),
  watchers_per_client: integer(1, 100_000)
    .default(20)
    .describe("Those from one address; behind a proxy all clients have the proxy's.")
    .register(notes, { env: ["JOB_WATCHERS_PER_CLIENT"] }),
  longest_wait: duration({ max: "45s" })
    .default("30s")
    .describe("Longest that a request with `Prefer: wait` waits for its job.")
    .register(notes, { env: ["JOB_LONGEST_WAIT"] }),
});
