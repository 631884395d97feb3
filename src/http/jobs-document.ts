/** A job's status as it goes over HTTP. Pure. */
import type { Instant } from "../fields.ts";
import type { JobStatus } from "../queues/status.ts";

/** Where jobs are on the data plane. */
const JOBS_PATH = "/jobs/";

/** The path of a job's status. */
export function jobPath(id: string): string {
  return JOBS_PATH + id;
}

const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The id in a path below `/jobs/`: a UUID in lower case, or undefined when it can be no job's; the path itself is another one: `elsewhere`. */
export function jobIdOf(path: string): string | undefined | "elsewhere" {
  if (!path.startsWith(JOBS_PATH)) return "elsewhere";
  const id = path.slice(JOBS_PATH.length);
  return ID.test(id) ? id.toLowerCase() : undefined;
}

/** As JSON: instants in ISO 8601, and where the status itself and the result are. */
export function jobDocument(status: JobStatus): Readonly<Record<string, unknown>> {
  const { id, nextRunAt, expectedAt, createdAt, startedAt, finishedAt, resultUrl, ...plain } =
    status;
  return {
    id,
    ...plain,
    ...texts({ nextRunAt, expectedAt, createdAt, startedAt, finishedAt }),
    status: jobPath(id),
    ...(resultUrl !== undefined && { result: resultUrl }),
  };
}

function texts(instants: Readonly<Record<string, Instant | undefined>>) {
  const known = Object.entries(instants).filter(([, at]) => at !== undefined);
  return Object.fromEntries(
    known.map(([name, at]) => [name, new Date(at as number).toISOString()]),
  );
}
