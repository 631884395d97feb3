/** The source of an item, and what tells it from another one. */
import { hash } from "node:crypto";
import type { ItemSettings, ItemSource } from "../config/items.ts";
import type { Guard } from "../sources/guard.ts";
import { hawkAuthorization } from "../sources/hawk.ts";
import { herokuRequest } from "../sources/heroku.ts";
import { createJsonSource, type JsonSource, type JsonSourceOptions } from "../sources/json.ts";

export function openSource(
  { source, timeoutMs, maxBody }: Pick<ItemSettings, "source" | "timeoutMs" | "maxBody">,
  guard: Guard,
): JsonSource {
  return createJsonSource({ ...requestOf(source), timeoutMs, maxBody, guard });
}

function requestOf(source: ItemSource): Pick<JsonSourceOptions, "url" | "fields"> {
  switch (source.module) {
    case "JsonHttp":
      return { url: source.url };
    case "Heroku":
      return herokuRequest(source);
    case "Hawk": {
      const payload = { contentType: "", body: "" };
      const authorization = (url: URL) =>
        hawkAuthorization(source, { method: "GET", url, payload });
      return { url: source.url, fields: (url) => ["Authorization", authorization(url)] };
    }
  }
}

/**
 * What a stored value is of: where it is from and which fields it has. Credentials are no part of it, so that replacing them loses no value;
 * nor are those that a URL holds.
 */
export function fingerprintOf({ source, fields }: Pick<ItemSettings, "source" | "fields">): string {
  const selected = fields === undefined ? null : [...fields].toSorted();
  return hash("sha256", JSON.stringify([...placeOf(source), selected])).slice(0, 32);
}

function placeOf(source: ItemSource): string[] {
  const { module } = source;
  if (module === "Heroku") return [module, withoutCredentials(source.baseUrl), source.app];
  return [module, withoutCredentials(source.url)];
}

function withoutCredentials(text: string): string {
  const url = new URL(text);
  url.username = "";
  url.password = "";
  return url.href;
}
