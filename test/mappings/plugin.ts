/** Writes to a pages Redis what the pages server writes, key for key, and reads back all that is there. */
import { Redis } from "ioredis";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Absent: it stays. */
  readonly ttlSeconds?: number;
}

export interface Registration {
  readonly domain: string;
  readonly user: string;
  readonly repo: string;
  readonly branch?: string;
  readonly root?: string;
  readonly routerTtl?: number;
}

/** A first visit of the pages URL. */
export function registered(registration: Registration): Entry[] {
  const { domain, user, repo, branch, root, routerTtl } = registration;
  const owner = branch === undefined ? `${user}:${repo}` : `${user}:${repo}:${branch}`;
  const reverse = branch === undefined ? owner : `${user}:${repo}:branch:${branch}`;
  return [
    { key: `custom_domain:${domain}`, value: owner },
    { key: reverse, value: domain },
    ...router(`custom-${domain.replaceAll(".", "-")}`, domain, root, routerTtl),
  ];
}

/** The seven keys of a router. */
export function router(name: string, domain: string, root = "traefik", ttl?: number): Entry[] {
  const prefix = `${root}/http/routers/${name}`;
  const values = {
    rule: `Host(\`${domain}\`)`,
    "entryPoints/0": "web",
    "entryPoints/1": "websecure",
    "middlewares/0": "pages-server@file",
    service: "noop@internal",
    "tls/certResolver": "letsencrypt-http",
    priority: "10",
  };
  return Object.entries(values).map(([suffix, value]) => ({
    key: `${prefix}/${suffix}`,
    value,
    ...(ttl !== undefined && { ttlSeconds: ttl }),
  }));
}

/** A visit of `/LOAD_REDIRECTS` with `count` rules. */
export function redirects(domain: string, count: number, root = "traefik"): Entry[] {
  const name = domain.replaceAll(".", "-");
  const entries: Entry[] = [{ key: `redirects_meta:${domain}`, value: `count=${count}` }];
  for (let i = 0; i < count; i++) {
    const middleware = `${root}/http/middlewares/redirects-${name}-${i}/redirectRegex`;
    entries.push(
      { key: `${middleware}/regex`, value: `/old-${i}` },
      { key: `${middleware}/replacement`, value: `/new-${i}` },
      { key: `${middleware}/permanent`, value: "true" },
      {
        key: `${root}/http/routers/custom-${name}/middlewares/${i}`,
        value: `redirects-${name}-${i}@redis`,
      },
    );
  }
  entries.push({
    key: `${root}/http/routers/custom-${name}/middlewares/${count}`,
    value: "pages-server@file",
  });
  return entries;
}

/** What requests for the default branch, or another, leave behind for a while. */
export function visited(user: string, repo: string, branch = ""): Entry[] {
  const page = { key: `${user}:${repo}:${branch}:public/index.html`, value: "<h1>x</h1>" };
  const password = { key: `password:${user}:${repo}`, value: "", ttlSeconds: 60 };
  return [{ ...page, ttlSeconds: 300 }, ...(branch === "" ? [password] : [])];
}

/** What has nothing to do with custom domains. */
export const BYSTANDERS: readonly Entry[] = [
  ...router("pages-domain-base", "pages.example.com"),
  { key: "traefik/http/routers/shop/rule", value: "Host(`shop.example.com`)" },
  { key: "bull:reap:meta", value: "x" },
  { key: "bull:reap:1:lock", value: "token", ttlSeconds: 30 },
  { key: "report:octocat:2026", value: "{}" },
  { key: "profile:octocat", value: "{}" },
];

export interface PagesRedis extends AsyncDisposable {
  readonly client: Redis;
  readonly server: TestRedis;
  write(...entries: readonly (readonly Entry[])[]): Promise<void>;
  /** Every key with what it holds, `(kept)` or the rough time it has left. */
  all(): Promise<Record<string, string>>;
}

/** A private Redis with a client that is gone at the end. */
export async function startPagesRedis(args: readonly string[] = []): Promise<PagesRedis> {
  const server = await startRedis({ args });
  const client = new Redis(server.socket, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: true,
    commandTimeout: 5_000,
  });
  client.on("error", () => undefined);
  return {
    client,
    server,
    write: (...entries) => write(client, entries.flat()),
    all: () => readAll(client),
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await server.stop();
    },
  };
}

export async function write(client: Redis, entries: readonly Entry[]): Promise<void> {
  const pipeline = client.pipeline();
  const lasting = entries.filter(({ ttlSeconds }) => ttlSeconds === undefined);
  if (lasting.length > 0) pipeline.mset(...lasting.flatMap(({ key, value }) => [key, value]));
  for (const { key, value, ttlSeconds } of entries) {
    if (ttlSeconds !== undefined) pipeline.set(key, value, "EX", ttlSeconds);
  }
  await pipeline.exec();
}

const READ_ALL = `
local all = {}
for _, key in ipairs(redis.call("KEYS", "*")) do
  local isText = redis.call("TYPE", key).ok == "string"
  local held = isText and redis.call("GET", key) or "(not a string)"
  if redis.call("PTTL", key) >= 0 then held = held .. " (cached)" end
  all[#all + 1] = key
  all[#all + 1] = held
end
return all`;

export async function readAll(client: Redis): Promise<Record<string, string>> {
  const flat = (await client.eval(READ_ALL, 0)) as string[];
  const all: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) all[flat[i] as string] = flat[i + 1] as string;
  return all;
}

/** The form of `all()` for entries. */
export function shown(...entries: readonly (readonly Entry[])[]): Record<string, string> {
  return Object.fromEntries(
    entries
      .flat()
      .toSorted((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ key, value, ttlSeconds }) => [
        key,
        ttlSeconds === undefined ? value : `${value} (cached)`,
      ]),
  );
}
