/** `/explain`: why a request is answered as it is. */
import express, { Router } from "express";
import { explain } from "../explain/explain.ts";
import type { ExplainTools } from "../explain/explanation.ts";
import { answering } from "./answer.ts";
import type { ControlPart } from "./app.ts";
import { parseNamedRequest } from "./named-request.ts";
import { usagePage } from "./page.ts";

const USAGE = `GET /explain?url=/index/v1/x&method=GET&header=Accept:%20text/csv

header may be repeated. POST takes the same as JSON, { "url": …, "method": …, "header": [ … ] }, and keeps credentials
out of URLs. From a shell: warmfront explain URL [-H "Name: value"]`;

export function createExplainPart(tools: ExplainTools): ControlPart {
  const router = Router();
  router.get("/", (req, res, next) => {
    if (req.query.url !== undefined) return next();
    res.type("html").send(usagePage("Explain", USAGE));
  });
  router.get(
    "/",
    answering(async (req) => explain(tools, parseNamedRequest(req.query))),
  );
  router.post(
    "/",
    express.json({ limit: "256kb" }),
    answering(async (req) => explain(tools, parseNamedRequest(req.body))),
  );
  return {
    path: "/explain",
    title: "Explain",
    about: "Why a request is answered as it is, and what would happen now.",
    router,
    // A POST only keeps credentials out of the URL.
    role: () => "viewer",
  };
}
