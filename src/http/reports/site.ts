/** The site of reports, put together: pages, API, signing in. */
import express, { type RequestHandler } from "express";
import type { SiteSettings } from "../../config/site.ts";
import { createOAuth } from "../../github/oauth.ts";
import { ownerOf } from "../../github/token-owner.ts";
import type { Logger } from "../../logger.ts";
import type { ReportQueue } from "../../queues/report.ts";
import type { SealedSecrets } from "../../queues/sealed.ts";
import type { JobWatcher } from "../../queues/watch.ts";
import type { RedisClient } from "../../redis/connect.ts";
import { createOptOuts } from "../../reports/opt-out.ts";
import { createQuota } from "../../store/quota.ts";
import type { Sealer } from "../../store/seal.ts";
import { createSessions, type Sessions } from "../../store/sessions.ts";
import type { AnswerAccepted } from "../jobs-accepted.ts";
import { loadAssets } from "../pages/assets.ts";
import { pageFields } from "../pages/send.ts";
import type { Site } from "../pages/shell.ts";
import { type Cookies, createCookies } from "../sign-in/cookies.ts";
import { problems } from "../sign-in/problems.ts";
import { CALLBACK_PATH, createSignInRouter } from "../sign-in/routes.ts";
import { createWho } from "../sign-in/who.ts";
import { createReportJobs } from "./job.ts";
import { createLook } from "./look.ts";
import { createRendered } from "./rendered.ts";
import { createSiteRouter } from "./routes.ts";
import type { ReportSource } from "./source.ts";
import { createStart } from "./start.ts";
import { handlerFor, refuse, type SiteTools } from "./tools.ts";

export interface SiteOptions {
  readonly settings: SiteSettings;
  /** An impatient connection to the durable role. */
  readonly client: RedisClient;
  readonly sealer: Sealer;
  readonly secrets: SealedSecrets;
  readonly reports: ReportSource;
  readonly queue: Pick<ReportQueue, "enqueue" | "find">;
  readonly watcher: Pick<JobWatcher, "snapshot">;
  readonly answerAccepted: AnswerAccepted;
  readonly logger: Logger;
  readonly now?: () => number;
}

const HOUR_MS = 3_600_000;

/** Answers what is the site's (`isOfSite`), and passes on everything else. */
export function createSite(options: SiteOptions): RequestHandler {
  const { settings, client, sealer, reports, queue, watcher, logger, now = Date.now } = options;
  const { origin, optOut, reportsPerHour, staleAfterMs, apiUrl } = settings;
  const sessions = createSessions({ client, sealer, now, ...settings.session });
  const cookies = createCookies({ secure: origin.startsWith("https:") });
  const assets = loadAssets();
  const tools = {
    site: siteOf(settings, assets),
    whoOf: createWho(sessions, cookies.session),
    logger,
  };
  const optOuts = createOptOuts(client, optOut);
  const jobs = createReportJobs((payload) => queue.find(payload), watcher);
  const common = { reports, optOuts, now };
  return createSiteRouter({
    ...tools,
    ...common,
    look: createLook({ ...common, jobs, staleAfterMs }),
    rendered: createRendered(),
    start: createStart({
      ...common,
      queue,
      secrets: options.secrets,
      quota: createQuota(client, { what: "reports", most: reportsPerHour, windowMs: HOUR_MS }),
      ownerOf: (token) => ownerOf(token, apiUrl),
      endAll: sessions.endAll,
    }),
    answerAccepted: options.answerAccepted,
    assets,
    fields: pageFields({ ...settings, images: imagesOf(settings) }),
    signIn: signInOf(options, tools, sessions, cookies),
  });
}

function siteOf({ origin, oauth, analytics, example }: SiteSettings, assets: Site["assets"]): Site {
  return {
    origin,
    assets,
    signIn: oauth !== undefined,
    ...(analytics !== undefined && { analytics }),
    ...(example !== undefined && { example }),
  };
}

/** Where profile pictures are: GitHub's own host for them, or the Enterprise server. */
function imagesOf({ oauth, apiUrl }: SiteSettings): string[] {
  const web = oauth?.url ?? "https://github.com";
  return web === "https://github.com"
    ? ["https://avatars.githubusercontent.com"]
    : [...new Set([new URL(web).origin, new URL(apiUrl).origin])];
}

function signInOf(
  { settings, sealer, logger, now }: SiteOptions,
  tools: SiteTools,
  sessions: Sessions,
  cookies: Cookies,
): RequestHandler {
  const { oauth, origin, apiUrl, session } = settings;
  if (oauth === undefined) return createNoSignIn(tools);
  return createSignInRouter({
    oauth: createOAuth(oauth, origin + CALLBACK_PATH),
    ownerOf: (token) => ownerOf(token, apiUrl),
    ...{ sessions, cookies, sealer, origin, logger },
    whoOf: tools.whoOf,
    lifeMs: session.lifeMs,
    fail: (req, res, problem) => refuse(tools, req, res, { session: undefined }, problem),
    ...(now && { now }),
  });
}

/** Says so where people come from old links, or from forms of old pages. */
function createNoSignIn(tools: SiteTools): RequestHandler {
  const router = express.Router();
  router.use(
    "/auth",
    handlerFor(tools, (req, res, who) => refuse(tools, req, res, who, problems.notSetUp)),
  );
  return router;
}
