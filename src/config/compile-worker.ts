import type { z } from "zod";
import type { workerSchema } from "./schema-worker.ts";
import type { WorkerSettings } from "./worker.ts";

export function compileWorker({
  health_port: port,
  health_host: host,
}: z.output<typeof workerSchema>): WorkerSettings {
  return port === undefined ? {} : { health: { host, port } };
}
