/** A source that tells everybody to come back later, while several processes have jobs for it and for another one. */
import { expect, test, vi } from "vitest";
import { startFront, testRoute } from "../helpers/front.ts";
import { startOrigin } from "../helpers/origin.ts";
import { startRedis } from "../helpers/redis.ts";
import { stored } from "../helpers/stored.ts";
import { figures, sized } from "./lanes/world.ts";

const FRESHNESS = { freshForMs: 60_000, staleWhileRevalidateMs: 3_600_000 };
const PROCESSES = 3;
/** Jobs that run at a time in all processes together, and so may be under way when the first answer comes. */
const UNDER_WAY = PROCESSES * 4;

const VALUES = [
  ["an absurd value", () => "9".repeat(400)],
  ["seconds", () => "600"],
  ["a date", () => new Date(Date.now() + 600_000).toUTCString()],
] as const;

test.each(VALUES.slice(0, sized(3, 1)))(
  "a source that answers 429 with %s is left alone by all processes, and holds up no job of another source",
  { timeout: sized(300_000, 60_000) },
  async (what, value) => {
    await using redis = await startRedis();
    await using limited = await startOrigin();
    await using well = await startOrigin();
    const routes = [
      testRoute(limited.url, { freshness: FRESHNESS, id: "limited", path: "/limited/*" }),
      testRoute(well.url, { freshness: FRESHNESS, id: "well", path: "/well/*" }),
    ];
    await using first = await startFront({ redis, origin: limited, routes });
    await using second = await startFront({ redis, origin: limited, routes });
    await using third = await startFront({ redis, origin: limited, routes });
    const fronts = [first, second, third] as const;
    const keys = Array.from({ length: sized(100, 15) }, (_, i) => i);
    for (const key of keys) {
      await stored(first, `/limited/${key}`);
      await stored(first, `/well/${key}`);
    }
    limited.answers({ status: 429, headers: { "Retry-After": value() } });
    well.answers("new");
    for (const front of fronts) front.advance(61_000);
    const ask = (path: string, key: number) =>
      fronts[(key % 3) as 0 | 1 | 2].ask(`/${path}/${key}`);
    for (const path of ["limited", "well"])
      for (const key of keys) expect((await ask(path, key)).status).toBe(200);
    for (const key of keys)
      await vi.waitFor(async () => expect((await ask("well", key)).text).toBe("new"));
    const delayed = () =>
      fronts.flatMap(({ lines }) => lines.filter(({ outcome }) => outcome === "delayed")).length;
    await vi.waitFor(() => expect(delayed()).toBeGreaterThanOrEqual(keys.length));
    for (const key of keys) expect((await ask("limited", key)).text).toBe("ok");
    const asked = limited.requests.length - keys.length;
    figures("429", { what, processes: PROCESSES, jobs: keys.length, asked, delayed: delayed() });
    expect(asked).toBeLessThanOrEqual(UNDER_WAY);
  },
);
