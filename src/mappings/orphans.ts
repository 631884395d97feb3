/** Finds what the pages server wrote beside mappings that are not there (any more). */
import type { PagesSettings } from "../config/reap.ts";
import type { RedisClient } from "../redis/connect.ts";
import {
  isReservedUser,
  REDIRECT_COUNT_PREFIX,
  redirectPrefix,
  routerPrefix,
} from "./companions.ts";
import { readStrings, scanKeys, startingWith, textOf } from "./keyspace.ts";
import { domainFault, isBranch, isName, routerName } from "./mapping.ts";

export type Names = Pick<PagesSettings, "rootKey" | "mappingPrefix">;

/** Keys that belong together and to no mapping. */
export interface Orphan {
  readonly kind: "router" | "redirect" | "redirect-count" | "reverse";
  /** Router name, or domain. */
  readonly name: string;
  readonly keys: readonly string[];
}

/** What the mappings that are there are called. */
interface Known {
  readonly domains: ReadonlySet<string>;
  readonly routers: ReadonlySet<string>;
}

type Owned = Pick<Orphan, "kind" | "name">;

export async function findOrphans(
  client: RedisClient,
  names: Names,
  signal: AbortSignal,
): Promise<{ readonly mappings: number; readonly orphans: readonly Orphan[] }> {
  const known = await readKnown(client, names, signal);
  const groups = new Map<string, Owned & { readonly keys: Set<string> }>();
  const note = (key: string, owned: Owned | undefined) => {
    if (owned === undefined) return;
    const id = `${owned.kind} ${owned.kind === "reverse" ? key : owned.name}`;
    const group = groups.get(id) ?? { ...owned, keys: new Set() };
    groups.set(id, group);
    group.keys.add(key);
  };
  for await (const batch of scanKeys(client, "*", signal)) {
    const keys = batch.flatMap((bytes) => textOf(bytes) ?? []);
    const reverse = keys.filter((key) => isReverse(key, names));
    const values = await readStrings(client, reverse);
    for (const [i, key] of reverse.entries()) note(key, ownerOfReverse(values[i], known));
    for (const key of keys) note(key, ownerByName(key, names, known));
  }
  const orphans = Array.from(groups.values(), (group) => ({ ...group, keys: [...group.keys] }));
  // Routers first: redirects go only when no router has their name.
  const isRouter = ({ kind }: Owned) => Number(kind === "router");
  orphans.sort((a, b) => isRouter(b) - isRouter(a));
  return { mappings: known.domains.size, orphans };
}

async function readKnown(client: RedisClient, names: Names, signal: AbortSignal): Promise<Known> {
  const domains = new Set<string>();
  const routers = new Set<string>();
  for await (const batch of scanKeys(client, startingWith(names.mappingPrefix), signal)) {
    for (const bytes of batch) {
      const domain = bytes.toString().slice(names.mappingPrefix.length);
      domains.add(domain);
      routers.add(routerName(domain));
    }
  }
  return { domains, routers };
}

/** `user:repo` or `user:repo:branch:name`, and no key of another family. */
function isReverse(key: string, names: Names): boolean {
  const [user = "", repo = "", word, branch, ...rest] = key.split(":");
  if (!isName(user) || !isName(repo) || isReservedUser(user, names)) return false;
  if (word === undefined) return true;
  return word === "branch" && branch !== undefined && isBranch(branch) && rest.length === 0;
}

/** The domain that it leads back to, if no mapping leads there. */
function ownerOfReverse(
  value: Buffer | null | "not-a-string" | undefined,
  { domains }: Known,
): Owned | undefined {
  const name = value?.toString() ?? "";
  const isLost = name.includes(".") && domainFault(name) === undefined && !domains.has(name);
  return isLost ? { kind: "reverse", name } : undefined;
}

/** What a key says by its name alone that it belongs to, if no mapping has that name. */
function ownerByName(key: string, names: Names, { domains, routers }: Known): Owned | undefined {
  const router = nameBehind(routerPrefix(names), key);
  if (router !== undefined) return lost("router", router, routers);
  const redirect = nameBehind(redirectPrefix(names), key);
  if (redirect !== undefined) return lost("redirect", redirect.replace(/-\d+$/, ""), routers);
  if (!key.startsWith(REDIRECT_COUNT_PREFIX)) return undefined;
  const domain = key.slice(REDIRECT_COUNT_PREFIX.length);
  return domainFault(domain) === undefined ? lost("redirect-count", domain, domains) : undefined;
}

function lost(kind: Orphan["kind"], name: string, known: ReadonlySet<string>): Owned | undefined {
  return known.has(name) ? undefined : { kind, name };
}

/** The part of a key between a prefix and the next slash. */
function nameBehind(prefix: string, key: string): string | undefined {
  const slash = key.indexOf("/", prefix.length);
  return key.startsWith(prefix) && slash > prefix.length
    ? key.slice(prefix.length, slash)
    : undefined;
}
