/** `warmfront jobs audit`, and the record of what is done to jobs from a shell. */
import { userInfo } from "node:os";
import type { Command } from "commander";
import { createJobAudit } from "../queues/audit.ts";
import { countUpTo } from "./options.ts";
import { printJson, printLines, table } from "./printing.ts";
import { type QueueRole, withQueueRole } from "./queue-role.ts";

interface AuditOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly limit: number;
}

/** Adds it below `warmfront jobs`. */
export function addJobsAudit(jobs: Command): void {
  jobs
    .command("audit")
    .description("who did what to queues and jobs, the newest first")
    .configureHelp({ showGlobalOptions: true })
    .option("--limit <number>", "how many records", countUpTo(1_000), 20)
    .action((_: unknown, audit: Command) => run(audit.optsWithGlobals()));
}

async function run({ limit, ...options }: AuditOptions): Promise<void> {
  const acts = await withQueueRole(options, ({ connection }) =>
    createJobAudit(connection).read(limit),
  );
  if (options.json === true) return printJson(acts);
  const rows = acts.map(({ time, who, action, queue, what, count, failed }) => [
    ...[time, who, `${action}${failed ? " (failed)" : ""}`],
    queue ?? (what === undefined ? "all queues" : ""),
    what ?? String(count),
  ]);
  printLines(rows.length === 0 ? ["Nothing was done yet."] : table(rows));
}

/** Records what a command did to a job. Rejects when it could not be recorded. */
export async function recordAct(
  { connection }: Pick<QueueRole, "connection">,
  action: string,
  queue: string | undefined,
  job: string,
): Promise<void> {
  await createJobAudit(connection).add({
    who: `${userInfo().username} by command`,
    ...{ action, queue, what: job, count: 1 },
  });
}
