/** A client's request as an operator names it: a URL, a method, and fields. */
import { z } from "zod";
import { targetRefusal } from "../../cache/target.ts";
import type { RawRequest } from "../request.ts";
import type { ServedRoute } from "../routes.ts";
import { badField } from "./answer.ts";
import { readFields } from "./read-fields.ts";

const MOST_FIELDS = 100;

const text = z.string("must be text");
const named = z.strictObject({
  url: z.string("must be given: a path such as /index/v1/x, or a URL of the data plane"),
  method: text
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/, "must be a method such as GET")
    .default("GET"),
  header: z
    .preprocess(
      (value) => (typeof value === "string" ? [value] : value),
      z.array(text, "must be `Name: value`, once or more").max(MOST_FIELDS, "are too many"),
    )
    .default([]),
});

/** Reads `url`, `method` and `header`, from a query or a body. Throws a `ProblemError` that names the field. */
export function parseNamedRequest(given: unknown): RawRequest {
  const { url, method, header } = readFields(named, given ?? {});
  return { url: targetOf(url, "url"), method, rawHeaders: header.flatMap(readField) };
}

const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;

function readField(line: string): string[] {
  const [, name, value] = FIELD.exec(line) ?? [];
  if (name === undefined || value === undefined)
    throw badField("header", "must be `Name: value`, once or more");
  return [name, value];
}

/** Path and query as a client sends them, of a path or of a URL. Throws a `ProblemError` that names `field`. */
export function targetOf(url: string, field: string): string {
  const path = url.replace(/#.*$/s, "").replace(/^https?:\/\/[^/?]*/i, "");
  const target = path === "" || path.startsWith("?") ? `/${path}` : path;
  if (!target.startsWith("/"))
    throw badField(field, "must be a path that begins with /, or an http URL of the data plane");
  return target;
}

/** The route of a target. Throws a `ProblemError` that names `field` when there is none, or the target is never answered. */
export function routeOfTarget(
  routeOf: (target: string) => ServedRoute | undefined,
  target: string,
  field: string,
): ServedRoute {
  const served = routeOf(target);
  if (served === undefined) throw badField(field, "is a path for which no route is configured");
  const refused = targetRefusal(target, served.route);
  if (refused !== undefined)
    throw badField(field, `is a target that is always refused: ${refused}`);
  return served;
}
