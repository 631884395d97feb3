/** `/versions`: the replaced versions of a stored response: list, compare, bring back. */
import { randomUUID } from "node:crypto";
import express, { type Request, Router } from "express";
import type { AuditRecord } from "../../cache/audit.ts";
import type { CacheEntry } from "../../cache/entry.ts";
import { lookUp, type Wanted } from "../../cache/lookup.ts";
import { firstValue } from "../../cache/message.ts";
import type { PurgeLog } from "../../cache/purge/log.ts";
import type { RefreshTools } from "../../cache/refresh.ts";
import { diffVersions, type Named } from "../../cache/version-diff.ts";
import { listVersions, type RolledBack, rollBack, versionId } from "../../cache/versions.ts";
import type { Route } from "../../config/route.ts";
import { messageOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { isoTime } from "../iso-time.ts";
import { readRequest } from "../request.ts";
import type { ServedRoute } from "../routes.ts";
import { shownText } from "../shown.ts";
import { wantedOf } from "../transaction.ts";
import { answering, badField, ProblemError, storeAway } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { parseNamedRequest, routeOfTarget } from "./named-request.ts";
import { usagePage } from "./page.ts";
import { whoOf } from "./who.ts";

export interface VersionsOptions {
  readonly tools: RefreshTools;
  readonly routeOf: (target: string) => ServedRoute | undefined;
  readonly purges: PurgeLog;
  readonly logger: Logger;
}

const USAGE = `GET  /versions?url=/index/v1/x&header=Accept:%20text/csv       the versions kept
GET  /versions/diff?url=…&a=ID&b=current                       what changed between two
POST /versions/rollback   { "url": …, "header": [ … ], "version": ID }   bring one back

A route keeps versions when it says so: routes[].versions. From a shell: warmfront versions URL`;

export function createVersionsPart(options: VersionsOptions): ControlPart {
  const router = Router();
  router.get("/", (req, res, next) => {
    if (req.query.url !== undefined) return next();
    res.type("html").send(usagePage("Versions", USAGE));
  });
  router.get(
    "/",
    answering(async (req) => list(options, req.query)),
  );
  router.get(
    "/diff",
    answering(async (req) => diff(options, req.query)),
  );
  router.post(
    "/rollback",
    express.json({ limit: "256kb" }),
    answering(async (req) => bringBack(options, req)),
  );
  return {
    path: "/versions",
    title: "Versions",
    about: "Earlier versions of stored responses: compare them, bring one back.",
    router,
  };
}

/** What an operator means by a URL and fields. */
interface Meant {
  readonly route: Route;
  readonly wanted: Wanted;
  readonly target: string;
}

function meantBy({ routeOf }: VersionsOptions, given: unknown): Meant {
  const request = parseNamedRequest(given);
  const served = routeOfTarget(routeOf, request.url as string, "url");
  const asked = readRequest(request, served);
  return { route: served.route, wanted: wantedOf(asked), target: asked.forwarded.target };
}

async function standing({ tools }: VersionsOptions, { wanted }: Meant): Promise<Named[]> {
  const found = await lookUp(tools, wanted);
  if (found.state === "failed") throw cacheAway();
  const current = found.state === "found" ? found.entry : undefined;
  const kept = await listVersions(tools, wanted, current).catch(() => {
    throw cacheAway();
  });
  const older = kept.map(({ id, entry }) => ({ name: id, entry }));
  return current === undefined ? older : [{ name: "current", entry: current }, ...older];
}

function cacheAway(): ProblemError {
  return storeAway("The Redis of the cache does not answer.");
}

async function list(options: VersionsOptions, given: unknown): Promise<object> {
  const meant = meantBy(options, given);
  const versions = await standing(options, meant);
  return {
    target: shownText(meant.target),
    route: meant.route.id,
    kept: meant.route.versions,
    versions: versions.map(factsOf),
  };
}

function factsOf({ name, entry }: Named): object {
  const { status, fields, body } = entry.response;
  return {
    version: name,
    id: versionId(entry),
    storedAt: isoTime(entry.storedAt),
    status,
    bytes: body.length,
    contentType: firstValue(fields, "content-type") ?? null,
    etag: firstValue(fields, "etag") ?? null,
  };
}

async function diff(options: VersionsOptions, given: object): Promise<object> {
  const { a, b = "current", ...request } = given as Record<string, unknown>;
  const versions = await standing(options, meantBy(options, request));
  const before = named(versions, a, "a");
  const after = named(versions, b, "b");
  return { a, b, ...(await diffVersions(before, after)) };
}

function named(versions: readonly Named[], name: unknown, field: string): Named {
  if (typeof name !== "string")
    throw badField(field, "must name a version, as the list does, or `current`");
  const version = versions.find((one) => one.name === name || versionId(one.entry) === name);
  if (version === undefined) throw unknownVersion();
  return version;
}

function unknownVersion(): ProblemError {
  const detail = "No version of that name is kept for this URL and these fields.";
  return new ProblemError({ status: 404, type: "unknown-version", detail });
}

async function bringBack(options: VersionsOptions, req: Request): Promise<object> {
  const { version, ...request } = (req.body ?? {}) as Record<string, unknown>;
  if (typeof version !== "string")
    throw badField("version", "must name a version, as the list does");
  const meant = meantBy(options, request);
  const { tools, purges, logger } = options;
  const done = await rollBack(tools, meant.route, meant.wanted, version).catch(() => {
    throw cacheAway();
  });
  const entry = entryOf(done);
  const record: AuditRecord = {
    id: randomUUID(),
    time: isoTime(tools.now()),
    who: whoOf(req),
    action: "rollback",
    what: [`${shownText(meant.target)} to ${version}`],
    count: 1,
  };
  logger.info(record, "Rolled back");
  await purges.append({ markers: [], record }).catch((error: unknown) => {
    logger.warn({ id: record.id, reason: messageOf(error) }, "A rollback is missing in the audit");
  });
  return { ...record, freshUntil: isoTime(entry.staleAt) };
}

function entryOf(done: RolledBack): CacheEntry {
  switch (done.outcome) {
    case "written":
      return done.entry;
    case "unknown":
      throw unknownVersion();
    case "unkept":
      throw badField("version", "names a response that its route does not keep");
    case "superseded":
      throw new ProblemError({
        status: 409,
        type: "superseded",
        detail: "A newer response was stored meanwhile. Look at it first.",
      });
    case "failed":
      throw cacheAway();
  }
}
