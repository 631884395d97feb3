/** Every address of the site. */
import express, { type RequestHandler, type Response, type Router } from "express";
import type { OptOuts } from "../../reports/opt-out.ts";
import type { Assets } from "../pages/assets.ts";
import { homePage } from "../pages/home.ts";
import { privacyPage } from "../pages/privacy.ts";
import { send } from "../pages/send.ts";
import {
  type ActTools,
  forgetFromApi,
  forgetFromPage,
  optIn,
  optOut,
  startFromApi,
  startFromPage,
} from "./act.ts";
import { openApi } from "./openapi.ts";
import { createShowPreview, showCard } from "./pictures.ts";
import { problems } from "./problems.ts";
import { type ShowTools, showJson, showPage } from "./show.ts";
import { loginOf, pagePath } from "./subject.ts";
import { handlerFor, handlerForSignedIn, refuse, viewerOf } from "./tools.ts";

export interface SiteOptions extends ShowTools, ActTools {
  readonly assets: Assets;
  /** Fields of every page. */
  readonly fields: Readonly<Record<string, string>>;
  /** `/auth` */
  readonly signIn: RequestHandler;
  readonly optOuts: OptOuts;
}

/** What belongs to the site: requests for it never reach a route. */
export function isOfSite(path: string): boolean {
  return /^\/(?:$|privacy$|(?:user\/github|auth|assets|api\/(?:reports|session|openapi\.json))(?:\/|$))/.test(
    path,
  );
}

const HTML = "text/html; charset=utf-8";

export function createSiteRouter(options: SiteOptions): Router {
  const { assets, fields, signIn } = options;
  const router = express.Router({ caseSensitive: true, strict: true });
  router.use((req, res, next) => {
    if (!isOfSite(req.path)) return next("router");
    for (const [name, value] of Object.entries(fields)) res.setHeader(name, value);
    next();
  });
  router.use(assets.handler);
  router.use(signIn);
  addPages(router, options);
  addReports(router, options);
  addApi(router, options);
  router.use(lastResort(options));
  return router;
}

function addPages(router: Router, options: SiteOptions): void {
  const { site, optOuts } = options;
  router.get(
    "/",
    handlerFor(options, (req, res, who) => {
      const body = homePage(site, viewerOf(who));
      send(req, res, { type: HTML, body, keep: who.session === undefined ? "shared" : "private" });
    }),
  );
  router.get(
    "/privacy",
    handlerFor(options, async (req, res, who) => {
      const viewer = viewerOf(who);
      const optedOut = viewer !== undefined && (await optOuts.has(viewer.visitor.login));
      const body = privacyPage(site, viewer, { optedOut, done: req.query.done });
      send(req, res, { type: HTML, body, keep: viewer === undefined ? "shared" : "none" });
    }),
  );
  router.get(
    "/user/github",
    handlerFor(options, (req, res, who) => {
      const text = req.query.login;
      const login = loginOf(typeof text === "string" ? text.trim().replace(/^@/, "") : text);
      if (login === undefined) return refuse(options, req, res, who, problems.badLogin);
      res.redirect(303, pagePath(login.toLowerCase()));
    }),
  );
}

/** A form of ours is small. */
const FORM = express.urlencoded({ extended: false, limit: "4kb", parameterLimit: 10 });

function addReports(router: Router, options: SiteOptions): void {
  const page = "/user/github/:login";
  router.get(
    page,
    handlerFor(options, (...asked) => showPage(options, ...asked)),
  );
  router.get(
    `${page}/card.svg`,
    handlerFor(options, (...asked) => showCard(options, ...asked)),
  );
  router.get(`${page}/preview.png`, handlerFor(options, createShowPreview(options)));
  const act = (path: string, make: (tools: ActTools) => Parameters<typeof handlerForSignedIn>[1]) =>
    router.post(path, FORM, handlerForSignedIn(options, make(options)));
  act(page, startFromPage);
  act(`${page}/delete`, forgetFromPage);
  act(`${page}/opt-out`, optOut);
  act(`${page}/opt-in`, optIn);
}

function addApi(router: Router, options: SiteOptions): void {
  const report = "/api/reports/github/:login";
  router.get(
    report,
    asJson,
    handlerFor(options, (...asked) => showJson(options, ...asked)),
  );
  router.post(report, asJson, handlerForSignedIn(options, startFromApi(options)));
  router.delete(report, asJson, handlerForSignedIn(options, forgetFromApi(options)));
  router.get(
    "/api/session",
    handlerFor(options, (_req, res, { session }) => {
      res.set("Cache-Control", "no-store");
      if (session === undefined) return sendJson(res, { signedIn: false });
      sendJson(res, { signedIn: true, login: session.visitor.login, csrfToken: session.csrf });
    }),
  );
  const document = `${JSON.stringify(openApi(options.site.origin), null, 2)}\n`;
  router.get("/api/openapi.json", (req, res) =>
    send(req, res, {
      type: "application/json",
      body: document,
      keep: "shared",
      fields: { "Cross-Origin-Resource-Policy": "cross-origin" },
    }),
  );
}

function sendJson(res: Response, body: object): void {
  res.json(body);
}

/** Programs get problems as JSON, whatever they say that they accept. */
const asJson: RequestHandler = (req, _res, next) => {
  req.headers.accept = "application/json";
  next();
};

/** What is the site's is not passed on. */
function lastResort(options: SiteOptions): RequestHandler {
  return handlerFor(options, (req, res, who) => {
    const isRead = req.method === "GET" || req.method === "HEAD";
    if (isRead) return refuse(options, req, res, who, problems.notHere);
    refuse(options, req, res, who, { ...problems.badMethod, allow: methodsOf(req.path) });
  });
}

function methodsOf(path: string): string {
  if (/^\/api\/reports\/github\/[^/]+$/.test(path)) return "GET, HEAD, POST, DELETE";
  if (/^\/user\/github\/[^/]+$/.test(path)) return "GET, HEAD, POST";
  return "GET, HEAD";
}
