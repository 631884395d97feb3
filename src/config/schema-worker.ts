/** Worker processes: where a process manager asks how they are. */
import { integer, section, text } from "./kinds.ts";
import { notes } from "./notes.ts";
import { hostFault } from "./texts.ts";

export const workerSchema = section({
  health_port: integer(0, 65_535)
    .optional()
    .describe("Port on which a worker process answers `/livez` and `/readyz`; 0 takes a free one.")
    .register(notes, { env: ["WORKER_HEALTH_PORT"], fallback: "none" }),
  health_host: text("an IP address or host name", hostFault)
    .default("127.0.0.1")
    .describe("Address of that port. It tells no more than how the process is.")
    .register(notes, { env: ["WORKER_HEALTH_HOST"] }),
});
