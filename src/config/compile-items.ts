/** Checked items and clients → the form that everything else reads. */
import { hash } from "node:crypto";
import { bytes, milliseconds } from "./compile-words.ts";
import type { ItemClient, ItemSettings, ItemSource, ItemsSettings, ItemToken } from "./items.ts";
import type { ClientWords } from "./schema-clients.ts";
import type { ItemWords } from "./schema-items.ts";

type Words = Readonly<Record<string, ItemWords>>;
type Clients = Readonly<Record<string, ClientWords>>;

/** Undefined when there are no items. `folder` is absolute. */
export function compileItems(
  words: Words,
  clients: Clients,
  folder: string,
): ItemsSettings | undefined {
  const items = Object.entries(words).map(([path, item]) => compileItem(path, item));
  if (items.length === 0) return undefined;
  return {
    items,
    clients: Object.entries(clients).map(([name, client]) => compileClient(name, client)),
    folder,
    warnings: [...itemWarnings(words), ...clientWarnings(clients)],
  };
}

function compileItem(path: string, item: ItemWords): ItemSettings {
  const names = item.module === "Heroku" ? item.parameters.config_key : item.parameters.field;
  const freshForMs = milliseconds(item.fresh_for);
  return {
    path,
    source: compileSource(item),
    ...(names !== undefined && { fields: fieldsOf(names) }),
    expect: typeof item.expect === "string" ? item.expect : new Map(Object.entries(item.expect)),
    ...(item.schema !== undefined && { schema: item.schema }),
    mode: item.mode,
    freshForMs,
    ...(item.max_stale !== undefined && {
      maxAgeMs: freshForMs + milliseconds(item.max_stale),
    }),
    softTimeoutMs: milliseconds(item.soft_timeout),
    timeoutMs: milliseconds(item.timeout),
    maxBody: bytes(item.max_body),
    ...(item.refresh_every !== undefined && { refreshEveryMs: milliseconds(item.refresh_every) }),
    isPublic: item.public || item.disable_auth,
    compat: item.compat,
  };
}

function compileSource(item: ItemWords): ItemSource {
  switch (item.module) {
    case "JsonHttp":
      return { module: "JsonHttp", url: item.parameters.url };
    case "Heroku": {
      const { app, api_token: apiToken, base_url: baseUrl } = item.parameters;
      return { module: "Heroku", app, apiToken, baseUrl };
    }
    case "Hawk": {
      const { url, secret_id: id, secret: key, algorithm } = item.parameters;
      return { module: "Hawk", url, id, key, algorithm };
    }
  }
}

function fieldsOf(
  names: string | readonly string[] | Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  if (typeof names === "string") return new Map([[names, names]]);
  if (Array.isArray(names)) return new Map(names.map((name) => [name, name]));
  return new Map(Object.entries(names));
}

function compileClient(name: string, { token, url, paths }: ClientWords): ItemClient {
  return { name, tokens: listOf(token).map(compileToken), urls: listOf(url), paths: listOf(paths) };
}

type TokenWords = string | { readonly token: string; readonly expires?: string | undefined };

function compileToken(words: TokenWords): ItemToken {
  const { token, expires } =
    typeof words === "string" ? { token: words, expires: undefined } : words;
  const digest = token.startsWith("sha256:")
    ? Buffer.from(token.slice("sha256:".length), "hex")
    : hash("sha256", token, "buffer");
  return { digest, ...(expires !== undefined && { expiresAt: Date.parse(expires) }) };
}

function listOf<T>(one: T | readonly T[]): readonly T[] {
  return Array.isArray(one) ? one : [one as T];
}

function itemWarnings(words: Words): string[] {
  return Object.entries(words).flatMap(([path, item]) => {
    const old = item.disable_auth ? " by disable_auth, which is called public now" : "";
    return item.public || item.disable_auth ? [`The item ${path} is open to everybody${old}.`] : [];
  });
}

function clientWarnings(clients: Clients): string[] {
  const plain = Object.entries(clients).filter(([, { token }]) =>
    listOf<TokenWords>(token).some((each) => {
      const text = typeof each === "string" ? each : each.token;
      return !text.startsWith("sha256:");
    }),
  );
  if (plain.length === 0) return [];
  const names = plain.map(([name]) => name).join(", ");
  return [`Tokens stand in the settings as they are (${names}): sha256:<digest> would do.`];
}
