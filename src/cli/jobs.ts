import { type Command, Option } from "commander";
import {
  type Acted,
  cancelJob,
  JOB_STATES,
  type ListedJob,
  type ListedState,
  listJobs,
  removeJob,
  retryJob,
  type ShownJob,
  showJob,
} from "../queues/admin.ts";
import { JOBS } from "../queues/jobs.ts";
import type { OpenQueues } from "../queues/open.ts";
import { createReportQueue } from "../queues/report.ts";
import { addJobsAudit, recordAct } from "./jobs-audit.ts";
import { countUpTo } from "./options.ts";
import { isoTime, labelled, printJson, printLines, table } from "./printing.ts";
import { type QueueRole, withQueues } from "./queue-role.ts";

interface JobsOptions {
  readonly config?: string;
  readonly json?: boolean;
}

interface ListOptions extends JobsOptions {
  readonly queue?: string;
  readonly state?: ListedState[];
  readonly limit: number;
}

/** `warmfront jobs list|show|retry|rm|cancel|audit` */
export function addJobsCommands(program: Command): void {
  const command = program
    .command("jobs")
    .description("look at jobs, and try again, remove or cancel single ones")
    .configureHelp({ showGlobalOptions: true })
    .option("-c, --config <file>", "the configuration to read")
    .option("--json", "JSON instead of text");
  const add = (usage: string, description: string) =>
    command.command(usage).description(description).configureHelp({ showGlobalOptions: true });
  add("list", "list jobs, those that run and those that failed first")
    .addOption(new Option("-q, --queue <name>", "of one queue").choices(Object.keys(JOBS)))
    .addOption(
      new Option("-s, --state <state...>", "in these states (all but completed)").choices(
        JOB_STATES,
      ),
    )
    .option("--limit <number>", "most of each state and queue", countUpTo(1_000), 20)
    .action((_: unknown, sub: Command) => runList(sub.optsWithGlobals()));
  add("show <id>", "tell everything of a job").action((id: string, _: unknown, sub: Command) =>
    runShow(id, sub.optsWithGlobals()),
  );
  addJobsAudit(command);
  for (const [usage, description, act] of ACTS)
    add(`${usage} <id...>`, description).action((ids: string[], _: unknown, sub: Command) =>
      runAct(usage, act, ids, sub.optsWithGlobals()),
    );
}

type Act = (queues: OpenQueues, id: string, role: QueueRole) => Promise<Acted>;

const ACTS: readonly (readonly [usage: string, description: string, act: Act])[] = [
  ["retry", "run failed jobs again", retryJob],
  ["rm", "remove jobs that do not run, with their logs", removeJob],
  [
    "cancel",
    "end jobs before their time",
    (queues, id, role) => cancelJob(queues, id, inLane(role)),
  ],
];

/** As the board names them in the audit. */
const ACTIONS: Readonly<Record<string, string>> = { rm: "remove" };

function inLane({ config, connection, logger }: QueueRole) {
  return async (queue: string, id: string) => {
    if (queue !== "report") return false;
    const { lanes: limits } = config.report;
    const reports = createReportQueue({ connection, logger, limits });
    try {
      return (await reports.cancel(id)) === "cancelling";
    } finally {
      await reports.close();
    }
  };
}

async function runList(options: ListOptions): Promise<void> {
  const { queue, state, limit, json } = options;
  const states = state ?? JOB_STATES.filter((one) => one !== "completed");
  const jobs = await withQueues(options, (queues) => listJobs(queues, { queue, states, limit }));
  if (json === true) return printJson(jobs.map(jsonOf));
  if (jobs.length === 0) {
    const none = "No job runs, waits or has failed; --state completed lists those that ended well.";
    return printLines([state === undefined ? none : "There are no such jobs."]);
  }
  const rows = jobs.map(
    ({ queue: name, id, state: now, attempts, mostAttempts, createdAt, ...job }) => [
      ...[name, id, now, `${attempts}/${mostAttempts}`, isoTime(createdAt)],
      [JSON.stringify(job.payload).slice(0, LONGEST_PAYLOAD), job.failure].join(" ").trim(),
    ],
  );
  printLines(table([["QUEUE", "ID", "STATE", "RUNS", "SINCE", "WHAT"], ...rows]));
}

const LONGEST_PAYLOAD = 100;

async function runShow(id: string, options: JobsOptions): Promise<void> {
  const job = await withQueues(options, (queues) => showJob(queues, id));
  if (job === undefined) throw new Error(unknown(id));
  if (options.json === true) return printJson(jsonOf(job));
  printLines(shownLines(job));
}

function shownLines(job: ShownJob): string[] {
  const { queue, id, state, attempts, mostAttempts, createdAt, startedAt, finishedAt } = job;
  return labelled([
    ["job", `${id} in queue ${queue}`],
    ["state", `${state}, ${attempts} of ${mostAttempts} runs`],
    ["created", isoTime(createdAt)],
    ["started", isoTime(startedAt)],
    ["finished", isoTime(finishedAt)],
    ["payload", JSON.stringify(job.payload)],
    ["progress", JSON.stringify(job.progress)],
    ...(job.result === undefined ? [] : [["result", JSON.stringify(job.result)] as const]),
    ...(job.failure === undefined ? [] : [["failure", job.failure] as const]),
    ...(job.stack.length === 0 ? [] : [["stack", ...job.stack.join("\n").split("\n")] as const]),
    ...(job.log.length === 0 ? [] : [["log", ...job.log] as const]),
  ]);
}

/** Does all that can be done, and ends with 1 when something could not. */
async function runAct(usage: string, act: Act, ids: string[], options: JobsOptions): Promise<void> {
  const results = await withQueues(options, async (queues, role) => {
    const acted: { id: string; queue?: string; done?: string; refused?: string }[] = [];
    for (const id of ids) {
      const result = (await act(queues, id, role)) ?? { refused: unknown(id) };
      acted.push({ id, ...result });
      if ("done" in result) await recordAct(role, ACTIONS[usage] ?? usage, result.queue, id);
    }
    return acted;
  });
  if (results.some(({ refused }) => refused !== undefined)) process.exitCode = 1;
  if (options.json === true) return printJson(results);
  for (const { id, done, refused } of results) {
    if (done !== undefined) printLines([`${id}: ${done}`]);
    else process.stderr.write(`${usage} ${id}: ${refused}\n`);
  }
}

function unknown(id: string): string {
  return `No job has the id ${id} in ${Object.keys(JOBS).join(", ")}. Ended jobs are kept for a while only; jobs list shows those that are there.`;
}

/** Instants as people write them. */
function jsonOf(job: ListedJob | ShownJob): object {
  return Object.fromEntries(
    Object.entries(job).map(([name, value]) => [
      name,
      name.endsWith("At") && typeof value === "number" ? isoTime(value) : value,
    ]),
  );
}
