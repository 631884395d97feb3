/** Every setting, with its default and one sentence: what the file may hold, what the environment may set, what the documentation lists. */
import { z } from "zod";
import { choice, duration, integer, list, section, size, text, timeout, toggle } from "./kinds.ts";
import { notes } from "./notes.ts";
import { budgetSchema } from "./schema-budget.ts";
import { clientsSchema } from "./schema-clients.ts";
import { controlSchema } from "./schema-control.ts";
import { egressSchema } from "./schema-egress.ts";
import { itemsSchema } from "./schema-items.ts";
import { jobsSchema } from "./schema-jobs.ts";
import { reapSchema } from "./schema-reap.ts";
import { redisSchema } from "./schema-redis.ts";
import { reportSchema } from "./schema-report.ts";
import { routeSchema } from "./schema-route.ts";
import { secretKeySchema } from "./schema-secret-key.ts";
import { gitHubSchema, publicUrlSchema, siteSchema } from "./schema-site.ts";
import { workerSchema } from "./schema-worker.ts";
import { hostFault } from "./texts.ts";

const host = () => text("an IP address or host name", hostFault);
const port = () => integer(0, 65_535);

const listen = section({
  host: host()
    .default("0.0.0.0")
    .describe(
      "Address on which clients are answered; 0.0.0.0 is every IPv4 address, `::` every address.",
    )
    .register(notes, { env: ["LISTEN_HOST"] }),
  port: port()
    .default(8888)
    .describe("Port on which clients are answered; 0 takes a free one.")
    .register(notes, { env: ["LISTEN_PORT", "PORT"] }),
});

const redis = section({
  url: redisSchema
    .optional()
    .describe(
      "Redis or Valkey for jobs and durable data, and for stored responses unless `cache_url` is set: a URL such as redis://127.0.0.1:6379/0, or a group for Sentinels or a Cluster.",
    )
    .register(notes, { env: ["REDIS_URL"], fallback: "the embedded store" }),
  cache_url: redisSchema
    .optional()
    .describe("Redis or Valkey for stored responses, which it may evict; in the same forms.")
    .register(notes, { env: ["CACHE_REDIS_URL"], fallback: "`redis.url`" }),
});

const log = section({
  level: z
    .preprocess(levelWord, choice(["trace", "debug", "info", "warn", "error", "fatal", "silent"]))
    .default("info")
    .describe("The least that is logged, in any case; WARNING and CRITICAL are understood.")
    .register(notes, { env: ["LOG_LEVEL"] }),
  hits: toggle()
    .default(true)
    .describe("Whether answers from the store get a log line too.")
    .register(notes, { env: ["LOG_HITS"] }),
});

function levelWord(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const word = value.toLowerCase();
  return { warning: "warn", critical: "fatal" }[word] ?? word;
}

const refresh = section({
  concurrency: integer(1, 1_000)
    .default(8)
    .describe("Refresh jobs that one worker process runs at a time.")
    .register(notes, { env: ["REFRESH_CONCURRENCY"] }),
  attempts: integer(1, 100)
    .default(5)
    .describe("How often a refresh is tried before it counts as failed.")
    .register(notes, { env: ["REFRESH_ATTEMPTS"] }),
  backoff: duration({ min: "1ms", max: "1d" })
    .default("1s")
    .describe("Wait before the second try of a refresh; it doubles with every further one.")
    .register(notes, { env: ["REFRESH_BACKOFF"] }),
  in_process: integer(0, 1_000)
    .default(4)
    .describe("Refreshes that a web process runs itself at a time while the queue is away.")
    .register(notes, { env: ["REFRESH_IN_PROCESS"] }),
});

export const settingsSchema = section({
  listen: listen.prefault({}).describe("The data plane: where clients ask."),
  control: controlSchema.prefault({}).describe("The control plane: where operators look and act."),
  data_dir: text("a folder")
    .default("./data")
    .describe("Folder of the embedded store, from the working folder of the process.")
    .register(notes, { env: ["DATA_DIR"] }),
  secret_key: secretKeySchema
    .optional()
    .describe(
      "Key that seals secrets at rest; a list to replace one: the first seals, all of them open.",
    )
    .register(notes, {
      type: "text, or a list of text",
      env: ["WARMFRONT_SECRET_KEY"],
      secret: "all",
      fallback: "with the embedded store, one that is made in `data_dir`",
    }),
  redis: redis.prefault({}).describe("Servers to use instead of the embedded store."),
  cache: section({
    max_memory: size({ min: 2 ** 20 })
      .default("256MiB")
      .describe("Memory of the embedded cache, which evicts the least used responses beyond it.")
      .register(notes, { env: ["CACHE_MAX_MEMORY"] }),
  })
    .prefault({})
    .describe("The embedded cache."),
  memory: section({
    max_size: size()
      .default("128MiB")
      .describe("Stored responses that each web process keeps in its own memory; 0 is none.")
      .register(notes, { env: ["MEMORY_MAX_SIZE"] }),
  })
    .prefault({})
    .describe("The memory tier."),
  store_budget: timeout()
    .default("50ms")
    .describe(
      "Longest that a request waits for one command of the store before it goes on without.",
    )
    .register(notes, { env: ["STORE_BUDGET"] }),
  log: log.prefault({}).describe("What is logged."),
  refresh: refresh.prefault({}).describe("Refreshes behind the scenes."),
  budget: budgetSchema.prefault({}).describe("How much sources may be asked."),
  public_url: publicUrlSchema,
  github: gitHubSchema.prefault({}).describe("GitHub, which reports are about."),
  site: siteSchema.prefault({}).describe("The pages of reports."),
  egress: egressSchema.prefault({}).describe("Where sources may be."),
  report: reportSchema.prefault({}).describe("Reports about users."),
  jobs: jobsSchema.prefault({}).describe("Clients that wait for jobs."),
  worker: workerSchema.prefault({}).describe("Worker processes."),
  reap: reapSchema
    .prefault({})
    .describe("The reaper of custom domains that have lost their owner."),
  drain: duration({ max: "24d" })
    .default("25s")
    .describe("Longest that a stop waits for requests and jobs to end.")
    .register(notes, { env: ["DRAIN"] }),
  routes: list(routeSchema, "routes")
    .describe("The routes: which paths are answered, from which source, how long.")
    .register(notes, {
      type: "list of routes",
      fallback: "none beside items, else one route to the npm registry",
    }),
  items: itemsSchema
    .default({})
    .describe("Values of which the last good one is always served, each under its path.")
    .register(notes, { type: "path: item" }),
  auth: clientsSchema
    .default({})
    .describe("The clients that may read items, each under its name.")
    .register(notes, { type: "name: client" }),
  cache_dir: text("a folder")
    .optional()
    .describe("Folder of the copies of items, for the day on which Redis is gone.")
    .register(notes, { fallback: "`items` in `data_dir`" }),
  log_config: z
    .record(z.string(), z.unknown(), { error: "must be a group of settings" })
    .optional()
    .describe("Logging as cachish had it: the level of `cachish` or `root` counts.")
    .register(notes, { type: "group" }),
});

/** The settings as they stand in the file, checked, every default filled in. */
export type Settings = z.output<typeof settingsSchema>;

/** JSON Schema of the file, for editors. */
export function settingsJsonSchema(): object {
  // A file may do without routes: they can come from the environment.
  const { required: _, ...schema } = z.toJSONSchema(settingsSchema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
    },
  });
  return { title: "Warmfront", ...schema };
}
