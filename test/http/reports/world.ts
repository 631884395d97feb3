/** The site of reports over real Redis, HTTP, jobs, and a GitHub that signs people in. What reports say is put there by the test. */
import { once } from "node:events";
import express from "express";
import type { SiteSettings } from "../../../src/config/site.ts";
import { createJobs } from "../../../src/http/jobs.ts";
import { createAnswerAccepted } from "../../../src/http/jobs-accepted.ts";
import { createRooms } from "../../../src/http/jobs-rooms.ts";
import { createLimitedServer } from "../../../src/http/limits.ts";
import { createSite } from "../../../src/http/reports/site.ts";
import type { FoundReport } from "../../../src/http/reports/source.ts";
import { viewOf } from "../../../src/http/reports/view-of.ts";
import { createSealedSecrets } from "../../../src/queues/sealed.ts";
import { createJobWatcher } from "../../../src/queues/watch.ts";
import { named } from "../../../src/reports/chosen-period.ts";
import type { Report } from "../../../src/reports/report.ts";
import { createSealer } from "../../../src/store/seal.ts";
import { startGitHub } from "../../helpers/github.ts";
import { listenLocally } from "../../helpers/ports.ts";
import { ONE_AT_A_TIME, startReports } from "../../helpers/reports.ts";
import { signedIn } from "../sign-in/start.ts";
import { storedReport } from "./reports.ts";
import { MADE_AT, reportView } from "./views.ts";

export interface WorldOptions {
  readonly settings?: Partial<SiteSettings>;
  readonly waiting?: number;
  /** Whether visitors can sign in. */
  readonly signIn?: boolean;
  /** A Redis of its own, to take away. */
  readonly url?: string;
}

export async function startWorld({ settings, waiting, url, signIn = true }: WorldOptions = {}) {
  const github = await startGitHub();
  const limits = { ...ONE_AT_A_TIME, ...(waiting !== undefined && { waiting }) };
  const jobs = await startReports({ ...(url !== undefined && { url }), limits });
  const { queue, logger } = jobs;
  const client = jobs.impatient();
  await once(client, "ready");
  const app = express();
  const server = createLimitedServer(app);
  const origin = `http://127.0.0.1:${await listenLocally(server)}`;
  const stopping = new AbortController();
  const lore = { position: (_: string, id: string) => queue.position(id) };
  const watcher = createJobWatcher({
    connection: client,
    patient: jobs.patient,
    logger,
    lore,
    lookMs: 500,
  });
  const rooms = createRooms({ watchers: 100, watchersPerClient: 100 });
  const plane = { watcher, rooms, stopping: stopping.signal };
  const sealer = createSealer([Buffer.alloc(32, 7)]);
  const secrets = createSealedSecrets(client, sealer);
  const stored = new Map<string, FoundReport>();
  let now = MADE_AT + 3_600_000;
  const key = (login: string, query = "") => `${login}${query}`;
  app.use(
    createSite({
      settings: {
        origin,
        indexed: false,
        optOut: [],
        staleAfterMs: 86_400_000,
        reportsPerHour: 30,
        apiUrl: github.url,
        session: { lifeMs: 86_400_000 * 30, idleMs: 86_400_000 },
        ...(signIn && { oauth: { ...github, scopes: ["read:user"] } }),
        ...settings,
      },
      ...{ client, sealer, secrets, queue, watcher, logger },
      reports: {
        find: async (login, { query }) => stored.get(key(login, query)),
        forget: async (login) => {
          for (const each of [...stored.keys()].filter((name) => name.split("?")[0] === login))
            stored.delete(each);
        },
      },
      answerAccepted: createAnswerAccepted(plane),
      now: () => now,
    }),
    createJobs({
      ...plane,
      passOn: false,
      queues: ["report"],
      cancel: (_, id) => queue.cancel(id),
    }),
    (_req, res) => void res.status(299).end("elsewhere"),
  );
  const put = (login: string, more: Parameters<typeof reportView>[1] = {}, query = "") => {
    const view = reportView(login, more);
    stored.set(key(login, query), {
      view,
      report: storedReport(login, { madeAt: view.madeAt }),
      madeAt: view.madeAt,
      complete: view.missing.length === 0,
    });
  };
  /** A report as it is stored. */
  const store = (report: Report, query = "") =>
    void stored.set(key(report.login, query), {
      view: viewOf(report, { text: "the last year" }),
      report,
      madeAt: report.madeAt,
      complete: report.coverage.complete,
    });
  return {
    ...{ github, origin, client, jobs, stored, put, store, secrets, logger },
    lines: jobs.lines,
    today: () => named("1_year", now).until,
    advance: (ms: number) => {
      now += ms;
    },
    signIn: (returnTo?: string) => signedIn({ origin, github }, returnTo),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      server.closeAllConnections();
      server.close();
      await watcher.close();
      await jobs[Symbol.asyncDispose]();
      await github[Symbol.asyncDispose]();
    },
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** The token that forms of this visitor carry. */
export async function csrfOf(client: { ask(path: string): Promise<{ text: string }> }) {
  const { csrfToken } = JSON.parse((await client.ask("/api/session")).text);
  return csrfToken as string;
}
