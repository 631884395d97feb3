/** The part of a web process that shows reports: pages, API, signing in. */
import { randomBytes } from "node:crypto";
import type { RequestHandler } from "express";
import { isOfSite } from "./http/reports/routes.ts";
import { createSite } from "./http/reports/site.ts";
import { createStoredReports } from "./http/reports/stored.ts";
import { openSealer } from "./open-sealer.ts";
import type { Start } from "./process.ts";
import { createSealedSecrets } from "./queues/sealed.ts";
import type { RedisClient } from "./redis/connect.ts";
import { createReportStore } from "./reports/store.ts";
import type { JobParts } from "./start-jobs.ts";
import { createSealer } from "./store/seal.ts";

export interface SiteParts {
  /** For the mounts of the data plane. */
  readonly mount: RequestHandler;
  /** Whether a path is the site's. */
  readonly isOfSite: (path: string) => boolean;
}

/** `connection`: an impatient one to the queue role. Undefined when there is no site. Throws a `SetupError` when people sign in and there is no key. */
export function openSite(
  { config, logger }: Start,
  connection: RedisClient,
  { reports: queue, watcher, answerAccepted }: Omit<JobParts, "mount">,
): SiteParts | undefined {
  const { site: settings } = config;
  if (settings === undefined) return undefined;
  // Where nobody signs in there is nothing to seal.
  const sealer =
    settings.oauth === undefined
      ? createSealer([randomBytes(32)])
      : openSealer(config, "signing in and reports");
  const mount = createSite({
    ...{ settings, sealer, queue, watcher, answerAccepted },
    client: connection,
    secrets: createSealedSecrets(connection, sealer),
    reports: createStoredReports(createReportStore(connection), Date.now),
    logger: logger.child({ part: "site" }),
  });
  logger.info(`Reports: ${settings.origin}/`);
  return { mount, isOfSite };
}
