/** What orchestrators ask: is the process alive, and should it get traffic. */
import { type RequestHandler, Router } from "express";

/** How the process is. A store that is down does not make it unready: the front answers without one. */
export interface Readiness {
  readonly state: "starting" | "ready" | "draining";
  /** By name: `cache`, `queue`. Shown to anybody who can reach the listener. */
  readonly checks: Readonly<Record<string, "up" | "down">>;
}

/** `/livez` asks nothing of anybody. `/readyz` is 503 while the process starts or drains, and 200 with `degraded` when a check is down. */
export function createHealthRouter(readiness: () => Readiness): Router {
  const router = Router();
  router.get("/livez", (_req, res) => {
    res.json({ status: "alive" });
  });
  router.get("/readyz", sendReadiness(readiness));
  return router;
}

function sendReadiness(readiness: () => Readiness): RequestHandler {
  return (_req, res) => {
    const { state, checks } = readiness();
    const isDegraded = Object.values(checks).includes("down");
    const status = state === "ready" && isDegraded ? "degraded" : state;
    res.status(state === "ready" ? 200 : 503).json({ status, checks });
  };
}
