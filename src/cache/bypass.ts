/** Which requests go past the store: by the route's rules, and by a client's `no-store` (RFC 9111 §5.2.1.5). */
import type { Route } from "../config/route.ts";
import { hasField } from "../fields.ts";
import type { RequestHead } from "./message.ts";
import { obeyedDirectives } from "./request-directives.ts";
import { decodeParameter, parameterName, queryOf } from "./target.ts";

/**
 * Why a request goes past the store; undefined when it does not. A request with `no-store` never meets the store, so that it
 * neither leads a fetch that others wait for nor teaches that its key cannot be shared.
 */
export function bypassReason(request: RequestHead, route: Route): string | undefined {
  const { methods, fields, query } = route.bypass;
  if (methods.includes(request.method)) return "method";
  const field = fields.find((name) => hasField(request.fields, name));
  if (field !== undefined) return `field ${field}`;
  if (query.length > 0 && hasParameter(request.target, query)) return "query";
  return obeyedDirectives(request, route).noStore ? "request-no-store" : undefined;
}

/** Compares decoded names and values, so that no other spelling of a parameter slips through or in. */
function hasParameter(target: string, wanted: Route["bypass"]["query"]): boolean {
  const parameters = (queryOf(target) ?? "").split("&");
  return parameters.some((parameter) => {
    const name = parameterName(parameter);
    const value = parameterValue(parameter);
    return wanted.some(([wantedName, wantedValue]) => wantedName === name && wantedValue === value);
  });
}

function parameterValue(parameter: string): string {
  const equals = parameter.indexOf("=");
  return equals === -1 ? "" : decodeParameter(parameter.slice(equals + 1));
}
