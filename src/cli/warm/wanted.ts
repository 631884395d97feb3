/** Which stored response a URL means. */
import { pathOf, targetRefusal } from "../../cache/target.ts";
import type { Route } from "../../config/route.ts";
import { createRouteTable } from "../../http/routes.ts";
import { SECRET_NAME } from "../../queues/redact.ts";

/** What to warm up; else why not. */
export type Wanted =
  | { readonly url: string; readonly route: string; readonly target: string }
  | { readonly url: string; readonly skipped: string };

/** For URLs of the data plane, or of whatever stands before it under the same paths, and for paths. */
export function createWanted(routes: readonly Route[]): (url: string) => Wanted {
  const routeOf = createRouteTable(routes.map((route) => ({ route })));
  return (url) => {
    const target = targetOf(url);
    if (target === undefined) return { url, skipped: "It is neither a path nor an http URL." };
    const route = routeOf(target)?.route;
    if (route === undefined) return { url, skipped: "No route answers it." };
    const refused = targetRefusal(target, route);
    if (refused !== undefined) return { url, skipped: `It is always refused: ${refused}.` };
    if (bearsSecret(target))
      return { url, skipped: "Its query looks like a credential, which no job may hold." };
    return { url, route: route.id, target };
  };
}

function targetOf(url: string): string | undefined {
  if (url.startsWith("/")) return url.replace(/#.*$/s, "");
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return undefined;
  const rest = url.replace(/#.*$/s, "").replace(/^https?:\/\/[^/?]*/i, "");
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function bearsSecret(target: string): boolean {
  const query = target.slice(pathOf(target).length + 1);
  return query
    .split("&")
    .some((parameter) => SECRET_NAME.test(decoded(parameter.split("=", 1)[0] ?? "")));
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
