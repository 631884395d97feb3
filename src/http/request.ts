/** What a client asks, told apart from what its source is sent. */
import type { IncomingMessage } from "node:http";
import { normalisedLanguages } from "../cache/accept-language.ts";
import { withoutHopByHop } from "../cache/hop-by-hop.ts";
import { primaryKey, principalPartition } from "../cache/key.ts";
import type { RequestHead } from "../cache/message.ts";
import { ruledTarget, sourceTarget } from "../cache/target.ts";
import { type FieldList, valuesOf } from "../fields.ts";
import type { ServedRoute } from "./routes.ts";

/** One request on its way through a route. */
export interface Asked {
  readonly served: ServedRoute;
  /** As the client sent it, target included, end-to-end fields only: decides bypass, reuse, conditions and ranges. */
  readonly client: RequestHead;
  /** As the source would be sent it, without conditions of ours. Its target is the keyed one. */
  readonly forwarded: RequestHead;
  /** The target that goes over the wire to the source. */
  readonly sourceTarget: string;
  readonly primary: string;
  /** Whose answers these are; empty for the public. */
  readonly partition: string;
}

/** Request fields that only we may set, whatever a route forwards: they could change an answer without being part of its key. */
const NEVER_FORWARDED =
  /^(?:host|cookie2?|forwarded|x-forwarded-.*|x-real-ip|x-original-.*|x-rewrite-.*|x-http-method.*|x-method-.*|via|expect)$/;
/** What a transparent route does not pass on as it came: Host and framing are the source's, Via and Expect are ours. */
const NOT_PASSED_ON = new Set(["host", "content-length", "via", "expect"]);

/** What of a message matters here. */
export type RawRequest = Pick<IncomingMessage, "method" | "url" | "rawHeaders">;

export function readRequest(req: RawRequest, served: ServedRoute): Asked {
  const { route, scope } = served;
  const method = req.method as string;
  const target = ruledTarget(req.url as string, route.key.query);
  const clientFields = withoutHopByHop(req.rawHeaders);
  const client = { method, target: req.url as string, fields: clientFields };
  const fields =
    route.preset === "api" ? listedFields(client, served) : passedOnFields(clientFields);
  const partition = principalPartition(route, clientFields);
  return {
    served,
    client,
    forwarded: { method, target, fields: [...fields, ...viaOf(req.rawHeaders, route.preset)] },
    sourceTarget: sourceTarget(target, route.source),
    primary: primaryKey(scope, target, partition),
    partition,
  };
}

function passedOnFields(fields: FieldList): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (!NOT_PASSED_ON.has((fields[i] as string).toLowerCase()))
      kept.push(fields[i] as string, fields[i + 1] as string);
  }
  return kept;
}

/** How we name ourselves in Via (RFC 9110 §7.6.3). */
const PSEUDONYM = "1.1 warmfront";

/** How often a request has passed through a Warmfront. */
export function hopsOf(fields: FieldList): number {
  return valuesOf(fields, "via").join(",").split(PSEUDONYM).length - 1;
}

/** Preset `api` tells the number of hops, which finds loops, and nothing else of what a client may have written there. */
function viaOf(fields: FieldList, preset: "api" | "transparent"): FieldList {
  const before =
    preset === "api"
      ? Array.from({ length: hopsOf(fields) }, () => PSEUDONYM)
      : valuesOf(fields, "via");
  return ["Via", [...before, PSEUDONYM].join(", ")];
}

/** They say what a request's body is. A GET has none, and they are in no key. */
const ABOUT_BODY = /^content-(?:type|length|encoding|language)$/;

/** Preset `api`: the listed fields in one fixed form, so that what is sent is exactly what is keyed. */
function listedFields({ method, fields }: RequestHead, served: ServedRoute): string[] {
  const listed: string[] = [];
  const bodiless = method === "GET" || method === "HEAD";
  for (const name of served.forwarded) {
    if (NEVER_FORWARDED.test(name) || (bodiless && ABOUT_BODY.test(name))) continue;
    const value = listedValue(name, valuesOf(fields, name));
    if (value !== undefined) listed.push(name, value);
  }
  return listed;
}

/** The one value under which a listed field is sent and keyed, or undefined when it says nothing. */
export function listedValue(name: string, lines: readonly string[]): string | undefined {
  if (lines.length === 0) return undefined;
  const value = lines.map((line) => line.trim()).join(", ");
  if (name === "accept-encoding") return acceptsGzip(value) ? "gzip" : undefined;
  if (name === "accept" && value === "*/*") return undefined;
  if (name === "accept-language") return normalisedLanguages(value) ?? value;
  return value;
}

/** Whether gzip is acceptable (RFC 9110 §12.5.3). The only coding asked for, so that a resource has two variants and not one per browser. */
function acceptsGzip(value: string): boolean {
  for (const member of value.toLowerCase().split(",")) {
    const [coding, ...parameters] = member.split(";").map((part) => part.trim());
    if (coding !== "gzip" && coding !== "x-gzip" && coding !== "*") continue;
    return !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
  }
  return false;
}
