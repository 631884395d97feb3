/** Requests that nobody has sent yet: what a common client would ask, for warming up. */
import { targetRefusal } from "../cache/target.ts";
import type { WarmRequest } from "../cache/warm.ts";
import { flightKey } from "./miss.ts";
import { readRequest } from "./request.ts";
import { createRouteTable, type ServedRoute } from "./routes.ts";
import { wantedOf } from "./transaction.ts";

/** Clients differ in many fields, and nearly all of them take this. */
const FIELDS = ["Accept-Encoding", "gzip"];

/** The request for a target of a route; else a sentence that says why there is none. */
export function createAskFor(
  routes: readonly ServedRoute[],
): (route: string, target: string) => WarmRequest | string {
  const routeOf = createRouteTable(routes);
  return (id, target) => {
    const served = routeOf(target);
    if (served?.route.id !== id) return `No route ${id} answers this target.`;
    const refused = targetRefusal(target, served.route);
    if (refused !== undefined) return `The target is always refused: ${refused}.`;
    const asked = readRequest({ method: "GET", url: target, rawHeaders: FIELDS }, served);
    return {
      route: served.route,
      source: served.source,
      wanted: wantedOf(asked),
      sourceTarget: asked.sourceTarget,
      flightKey: (found) => flightKey(asked, found),
    };
  };
}
