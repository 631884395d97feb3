/** `/health/cache` on the control plane: how the cache store is, in full. */
import { Router } from "express";
import type { StoreHealth } from "../../redis/health.ts";
import { CACHE_HEALTH_PATH } from "../cache-health.ts";
import { withProblems } from "./answer.ts";
import type { ControlPart } from "./app.ts";

/** 200 or 503 with `{status, cache}`, `cache` as `healthCheck()` of the value cache gives it. */
export function createCacheHealthPart(health: () => Promise<StoreHealth>): ControlPart {
  const router = Router();
  router.get(
    "/",
    withProblems(async (_req, res) => {
      const cache = await health();
      const status = cache.healthy ? "healthy" : "unhealthy";
      res.status(cache.healthy ? 200 : 503).json({ status, cache });
    }),
  );
  return {
    path: CACHE_HEALTH_PATH,
    title: "Cache health",
    about: "How the cache store is: latency, version, memory, connections.",
    router,
  };
}
