/** The keys that the pages server writes beside a mapping: what they are called, and which of them a scan has found. */
import type { PagesSettings } from "../config/reap.ts";
import type { RedisClient } from "../redis/connect.ts";
import { scanKeys, textOf } from "./keyspace.ts";
import { type Mapping, routerName } from "./mapping.ts";

type Names = Pick<PagesSettings, "rootKey" | "mappingPrefix">;

/** A key that may go with a mapping, and what it is. */
export interface Companion {
  readonly key: string;
  readonly role: "forward" | "reverse" | "rule" | "router" | "redirect" | "count";
}

/** The suffixes of a router's keys, in the letter case of the pages server and in that of reapers before. */
const ROUTER_KEYS = [
  ...["entryPoints/0", "entryPoints/1", "middlewares/0", "service", "tls/certResolver", "priority"],
  ...["entrypoints/0", "entrypoints/1", "tls/certresolver"],
];

export function routerPrefix({ rootKey }: Pick<Names, "rootKey">): string {
  return `${rootKey}/http/routers/custom-`;
}

export function redirectPrefix({ rootKey }: Pick<Names, "rootKey">): string {
  return `${rootKey}/http/middlewares/redirects-`;
}

export const REDIRECT_COUNT_PREFIX = "redirects_meta:";
export const PASSWORD_PREFIX = "password:";

/** The rule of a router that leads to this domain and nothing else. */
export function ruleFor(domain: string): string {
  return `Host(\`${domain}\`)`;
}

/** Words that stand before the colon in keys of another kind: a user of that name could have keys of others called his. */
export function isReservedUser(user: string, { mappingPrefix }: Pick<Names, "mappingPrefix">) {
  const word = user.toLowerCase();
  const prefix = mappingPrefix.toLowerCase();
  return prefix.startsWith(`${word}:`) || RESERVED.includes(word);
}

const RESERVED = [
  "redirects_meta",
  "password",
  "bull",
  "warmfront",
  "wf1",
  "profile",
  "report",
  "task",
];

/** Every key that could go with a mapping, the forward key first. Whether each one does is for its value to say. */
export function companionsOf(mapping: Mapping, names: Names, found: Found): Companion[] {
  const { domain, user, repo, branch } = mapping;
  const name = routerName(domain);
  const router = `${routerPrefix(names)}${name}/`;
  const rule = `${router}rule`;
  const own = `${user}:${repo}`;
  const reverse = branch === undefined ? own : `${own}:branch:${branch}`;
  const routerKeys = new Set([
    ...ROUTER_KEYS.map((suffix) => router + suffix),
    ...found.routers(name),
  ]);
  routerKeys.delete(rule);
  return [
    { key: names.mappingPrefix + domain, role: "forward" },
    ...(isReservedUser(user, names) ? [] : [{ key: reverse, role: "reverse" } as const]),
    { key: rule, role: "rule" },
    ...Array.from(routerKeys, (key) => ({ key, role: "router" }) as const),
    ...found.redirects(name).map((key) => ({ key, role: "redirect" }) as const),
    { key: REDIRECT_COUNT_PREFIX + domain, role: "count" },
  ];
}

/** What of the dead has been found by looking through all keys. */
export interface Found {
  /** Keys of the router of that name. */
  routers(name: string): readonly string[];
  /** Keys of the redirect middlewares of that name. */
  redirects(name: string): readonly string[];
  /** Cached pages of `user:repo`, of one branch or of all. */
  pages(site: string, branch?: string): readonly string[];
}

export const NOTHING_FOUND: Found = {
  routers: () => [],
  redirects: () => [],
  pages: () => [],
};

/** Looks through all keys once, however many mappings are dead, and keeps those with the names of the dead. */
export async function findCompanions(
  client: RedisClient,
  names: Names,
  dead: Iterable<Mapping>,
  signal: AbortSignal,
): Promise<Found> {
  const byName = new Map<string, string[]>();
  for (const { domain, user, repo } of dead) {
    byName.set(`router ${routerName(domain)}`, []);
    byName.set(`redirect ${routerName(domain)}`, []);
    if (!isReservedUser(user, names)) byName.set(`site ${user}:${repo}`, []);
  }
  for await (const batch of scanKeys(client, "*", signal)) {
    for (const bytes of batch) {
      const key = textOf(bytes);
      if (key !== undefined) byName.get(familyOf(key, names))?.push(key);
    }
  }
  const get = (family: string) => [...new Set(byName.get(family))];
  return {
    routers: (name) => get(`router ${name}`),
    redirects: (name) => get(`redirect ${name}`),
    pages: (site, branch) => {
      const prefix = branch === undefined ? `${site}:` : `${site}:${branch}:`;
      return get(`site ${site}`).filter((key) => key.startsWith(prefix));
    },
  };
}

function familyOf(key: string, names: Names): string {
  const routers = routerPrefix(names);
  if (key.startsWith(routers)) return `router ${upToSlash(key.slice(routers.length))}`;
  const redirects = redirectPrefix(names);
  if (key.startsWith(redirects)) {
    return `redirect ${upToSlash(key.slice(redirects.length)).replace(/-\d+$/, "")}`;
  }
  // A cached page: user, repository, branch or nothing, path.
  const [, site = ""] = /^([^:]+:[^:]+):[^:]*:./.exec(key) ?? [];
  return `site ${site}`;
}

function upToSlash(text: string): string {
  const slash = text.indexOf("/");
  return slash < 0 ? "" : text.slice(0, slash);
}
