/** `/health/cache` on the data plane: whether the cache store answers, and nothing else about it. */
import type { RequestHandler } from "express";
import { noteOf } from "./note.ts";

export const CACHE_HEALTH_PATH = "/health/cache";

/** 200 or 503 with `{"status":"healthy"}` or `{"status":"unhealthy"}`. A cache that is away does not make the front unready. */
export function createCacheHealthMount(isUp: () => boolean): RequestHandler {
  return (req, res, next) => {
    const isRead = req.method === "GET" || req.method === "HEAD";
    if (req.path !== CACHE_HEALTH_PATH || !isRead) return next();
    noteOf(req).outcome = "health";
    const healthy = isUp();
    res.status(healthy ? 200 : 503).set("Cache-Control", "no-store");
    res.json({ status: healthy ? "healthy" : "unhealthy" });
  };
}
