/** The parts of an explanation that describe what is there. */
import type { CacheEntry } from "../../cache/entry.ts";
import { variantValues } from "../../cache/lookup.ts";
import type { PurgeScope, PurgeVerdict } from "../../cache/purge/purge.ts";
import type { CacheRecord } from "../../cache/record.ts";
import type { Instant } from "../../fields.ts";
import { reference } from "../../store/tiered.ts";
import { isoTime } from "../iso-time.ts";
import type { Asked } from "../request.ts";
import type { ServedRoute } from "../routes.ts";
import { shownFields, shownText, shownValue } from "../shown.ts";
import { wantedOf } from "../transaction.ts";
import type {
  KeyFacts,
  PurgeFacts,
  RouteFacts,
  StoredFacts,
  UpstreamFacts,
  VariantFacts,
} from "./explanation.ts";

export function routeFacts({ route }: ServedRoute): RouteFacts {
  const { id, path, preset, freshness, perPrincipal } = route;
  const lifetimes =
    freshness.mode === "origin"
      ? "by the source's own fields (RFC 9111)"
      : `fixed: fresh for ${freshness.freshForMs / 1_000} s, stale-while-revalidate ${freshness.staleWhileRevalidateMs / 1_000} s, stale-if-error ${freshness.staleIfErrorMs / 1_000} s`;
  return { id, path, preset, freshness: lifetimes, perPrincipal };
}

export function upstreamFacts({ served, forwarded, sourceTarget }: Asked): UpstreamFacts {
  return {
    origin: served.route.source.origin,
    method: forwarded.method,
    target: shownText(sourceTarget),
    fields: shownFields(forwarded.fields),
  };
}

export function keyFacts(asked: Asked): KeyFacts {
  const { served, forwarded, primary } = asked;
  const { keyed, route } = served;
  return {
    route: route.id,
    target: shownText(forwarded.target),
    credential: credentialOf(asked),
    ...(keyed === undefined
      ? {}
      : { fields: fieldFacts(keyed, variantValues(wantedOf(asked), keyed)) }),
    reference: reference(primary),
  };
}

function credentialOf({ partition, served }: Asked): KeyFacts["credential"] {
  if (partition === "") return "none";
  return served.route.perPrincipal ? "present, keyed apart" : "present";
}

function fieldFacts(
  names: readonly string[],
  values: readonly (string | null)[],
): Record<string, string | null> {
  return Object.fromEntries(
    names.map((name, i) => {
      const value = values[i] ?? null;
      return [name, value === null ? null : shownValue(name, value)];
    }),
  );
}

export function storedFacts(entry: CacheEntry, key: string, now: Instant): StoredFacts {
  const { response, bornAt, storedAt, staleAt, revalidateUntil, errorUntil, deleteAt } = entry;
  const seconds = (ms: number) => Math.round(ms / 1_000);
  return {
    status: response.status,
    bytes: response.body.length,
    fields: shownFields(response.fields),
    bornAt: isoTime(bornAt),
    storedAt: isoTime(storedAt),
    staleAt: isoTime(staleAt),
    revalidateUntil: isoTime(revalidateUntil),
    errorUntil: isoTime(errorUntil),
    deleteAt: isoTime(deleteAt),
    age: seconds(now - bornAt),
    freshFor: seconds(staleAt - bornAt),
    freshLeft: seconds(staleAt - now),
    staleWhileRevalidate: seconds(revalidateUntil - staleAt),
    staleIfError: seconds(errorUntil - staleAt),
    tags: entry.tags,
    fence: entry.fence,
    ...(entry.part === undefined ? {} : { part: entry.part }),
    reference: reference(key),
  };
}

export function variantFacts(record: CacheRecord | undefined, chosenKey: string | undefined) {
  if (record?.kind !== "index") return [];
  return record.heads.map(
    ({ names, values, storedAt, key }): VariantFacts => ({
      fields: fieldFacts(names, values),
      storedAt: isoTime(storedAt),
      chosen: key === chosenKey,
    }),
  );
}

export function purgeFacts(verdict: PurgeVerdict): PurgeFacts {
  if (verdict.state === "kept") return { state: "kept" };
  const { scope, at, id } = verdict.by;
  return {
    state: verdict.state,
    ...(id === undefined ? {} : { id }),
    scope: scopeInWords(scope),
    at: isoTime(at),
  };
}

/** What a purge took, for people. */
function scopeInWords(scope: PurgeScope): string {
  switch (scope.kind) {
    case "all":
      return "everything";
    case "route":
      return `route ${scope.route}`;
    case "tag":
      return `tag ${scope.tag}${scope.route === undefined ? "" : ` in route ${scope.route}`}`;
    case "url":
      return `URL ${shownText(scope.target)}`;
    case "prefix":
      return `prefix ${shownText(scope.target)}`;
  }
}
