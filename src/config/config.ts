import type { BudgetSettings } from "./budget.ts";
import type { Operator } from "./control.ts";
import type { EgressSettings } from "./egress.ts";
import type { GitHubSettings } from "./github.ts";
import type { ItemsSettings } from "./items.ts";
import type { JobsSettings } from "./jobs.ts";
import type { ReapSettings } from "./reap.ts";
import type { ReportSettings } from "./report.ts";
import type { Route } from "./route.ts";
import type { SiteSettings } from "./site.ts";
import type { WorkerSettings } from "./worker.ts";

/** Where a Redis is. `undefined` in `Config.redis` means: the embedded store. */
export type RedisTarget =
  | { readonly kind: "url"; readonly url: string }
  | {
      readonly kind: "sentinel";
      readonly sentinels: readonly { host: string; port: number }[];
      readonly name: string;
      readonly username?: string;
      readonly password?: string;
      readonly sentinelPassword?: string;
      readonly tls: boolean;
      readonly db: number;
    }
  | {
      readonly kind: "cluster";
      readonly nodes: readonly { host: string; port: number }[];
      readonly username?: string;
      readonly password?: string;
      readonly tls: boolean;
    }
  | { readonly kind: "socket"; readonly path: string };

/** Everything that a process needs to know, checked and complete. */
export interface Config {
  readonly listen: { readonly host: string; readonly port: number };
  readonly control: {
    readonly host: string;
    readonly port: number;
    /** Of an admin. */
    readonly token?: string;
    /** Those with tokens of their own. */
    readonly operators?: readonly Operator[];
  };
  readonly dataDir: string;
  /** 32 bytes each: the first seals secrets at rest, all open them. Empty when none is configured. */
  readonly secretKeys: readonly Buffer[];
  /** Where jobs and durable data live, and where stored responses live; absent: the embedded store. */
  readonly redis: { readonly queue?: RedisTarget; readonly cache?: RedisTarget };
  /** `maxmemory` of the embedded cache store, in bytes. */
  readonly cacheMaxMemory: number;
  /** Byte bound of the memory tier in each process; 0 switches it off. */
  readonly memoryMaxBytes: number;
  /** Longest that a request waits for one command of the store, in milliseconds. */
  readonly storeBudgetMs: number;
  readonly log: {
    readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";
    readonly hits: boolean;
  };
  readonly refresh: {
    /** Refresh jobs that one worker process runs at a time. */
    readonly concurrency: number;
    readonly attempts: number;
    readonly backoffMs: number;
    /** Refreshes that a web process runs itself while the queue is away. */
    readonly inProcess: number;
  };
  /** How GitHub is asked for reports. */
  readonly github: GitHubSettings;
  readonly report: ReportSettings;
  readonly jobs: JobsSettings;
  readonly worker: WorkerSettings;
  /** How much sources may be asked. */
  readonly budget: BudgetSettings;
  /** Where sources may be. */
  readonly egress: EgressSettings;
  /** Absent when it is not said which pages Redis and which forge it is about. */
  readonly reap?: ReapSettings;
  /** The pages of reports; absent when there are none. */
  readonly site?: SiteSettings;
  /** Absent when there are none. */
  readonly items?: ItemsSettings;
  /** Longest that a stop waits for requests and jobs to end, in milliseconds. */
  readonly drainMs: number;
  readonly routes: readonly Route[];
}
