/** What is added to Bull Board's page: it says when the queues cannot be reached, which the board itself keeps silent about. */
import express, { type RequestHandler, type Router } from "express";
import { QUEUES_AWAY } from "./queues-away.ts";

const SCRIPT = "warmfront.js";
const HEALTH = "warmfront/health";

/** Runs in the browser, below the page's base. */
const TEXT = `"use strict";
const bar = document.createElement("div");
bar.setAttribute("role", "alert");
bar.textContent = ${JSON.stringify(`${QUEUES_AWAY} What is shown is from before.`)};
bar.style.cssText = "position:fixed;inset:auto 0 0 0;z-index:9999;padding:1rem;background:#b3261e;color:#fff;font:1rem/1.5 system-ui,sans-serif;text-align:center";
async function look() {
  const isUp = await fetch(${JSON.stringify(HEALTH)}).then((answer) => answer.status !== 503, () => false);
  if (isUp) bar.remove();
  else document.body.append(bar);
}
setInterval(look, 5000);
`;

/** Before the board. `available`: whether the queues can be reached. */
export function createBoardPage(available: () => Promise<boolean>): Router {
  const router = express.Router();
  router.get(`/${SCRIPT}`, (_req, res) => {
    res.type("text/javascript").send(TEXT);
  });
  router.get(`/${HEALTH}`, async (_req, res) => {
    res.sendStatus((await available()) ? 204 : 503);
  });
  router.use(addScript);
  return router;
}

type Render = (
  view: string,
  options: object,
  done: (error: Error | null, html: string) => void,
) => void;

/** The board renders one page; fonts of another site, from which nothing may be loaded, are left out of it. */
const addScript: RequestHandler = (_req, res, next) => {
  res.render = (view: string, options?: object) => {
    // That of the board's own application, which handles the response by now.
    const render = Object.getPrototypeOf(res).render as Render;
    render.call(res, view, options ?? {}, (error, html) => {
      if (error) return next(error);
      const page = html.replace(/<link [^>]*fonts\.googleapis\.com[^>]*>/, "");
      res.send(page.replace("</body>", `<script defer src="${SCRIPT}"></script></body>`));
    });
  };
  next();
};
