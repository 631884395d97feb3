import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REAP_DEFAULTS } from "../../src/config/reap.ts";
import { connectForge } from "../../src/mappings/ask.ts";
import { createForge } from "../../src/mappings/forge.ts";
import { createFileJournal } from "../../src/mappings/journal-file.ts";
import { reap } from "../../src/mappings/reap.ts";
import type { ReapLimits, ReapTools } from "../../src/mappings/run.ts";
import type { MappingLine, ReapMode, ReapSummary } from "../../src/mappings/summary.ts";
import { type FakeForge, startForge } from "../helpers/forge.ts";
import { type PagesRedis, startPagesRedis } from "./plugin.ts";

export const ADMIN = "an-administrators-token";

export const LIMITS: ReapLimits = {
  ...REAP_DEFAULTS,
  // Most worlds of tests are small and mostly dead.
  brake: { mappings: 1_000, share: 1, unsure: 1 },
};

export interface ReapTest extends AsyncDisposable {
  readonly pages: PagesRedis;
  readonly forge: FakeForge;
  readonly tools: ReapTools;
  /** Folder of the journal. */
  readonly folder: string;
  /** Now, for the reaper. */
  clock: number;
  /** A run with the tools, changed for this run. */
  run(options?: {
    mode?: ReapMode;
    force?: boolean;
    signal?: AbortSignal;
    tools?: Partial<ReapTools>;
  }): Promise<ReapSummary & { readonly lines: readonly MappingLine[] }>;
}

/** A pages Redis, a forge that knows one administrator, and a reaper with his token. */
export async function startReaper({
  token = ADMIN,
  redisArgs = [],
  timeoutMs = 2_000,
}: {
  token?: string | null;
  redisArgs?: readonly string[];
  timeoutMs?: number;
} = {}): Promise<ReapTest> {
  const pages = await startPagesRedis(redisArgs);
  const forge = await startForge();
  forge.tokens.set(ADMIN, { login: "root", admin: true });
  const folder = await mkdtemp(join(tmpdir(), "warmfront-reap-"));
  const settings = {
    url: forge.url,
    ...(token !== null && { token }),
    concurrency: 4,
    timeoutMs,
    attempts: 2,
    longestWaitMs: 1_000,
  };
  const connection = connectForge(settings);
  const tools: ReapTools = {
    client: pages.client,
    forge: createForge(connection.ask, { hasToken: token !== null }),
    journal: createFileJournal(folder),
    names: { rootKey: "traefik", mappingPrefix: "custom_domain:" },
    limits: LIMITS,
    now: () => test.clock,
    requests: connection.requests,
  };
  const test: ReapTest = {
    pages,
    forge,
    tools,
    folder,
    clock: Date.UTC(2026, 10, 21, 3),
    async run({ tools: changes, mode = "apply", signal, ...options } = {}) {
      const lines: MappingLine[] = [];
      const events = { mapping: (line: MappingLine) => void lines.push(line) };
      const given = { mode, events, signal: signal ?? new AbortController().signal, ...options };
      return { ...(await reap({ ...tools, ...changes }, given)), lines };
    },
    async [Symbol.asyncDispose]() {
      await connection.close();
      await forge[Symbol.asyncDispose]();
      await pages[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
  return test;
}
