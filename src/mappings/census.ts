/** All mappings of the pages Redis, once each, by the repository that they belong to. */
import type { PagesSettings } from "../config/reap.ts";
import type { RedisClient } from "../redis/connect.ts";
import { readStrings, scanKeys, startingWith, textOf } from "./keyspace.ts";
import { type Mapping, parseMapping, repositoryOf } from "./mapping.ts";

/** A mapping without what its group says already. */
export interface Claim {
  readonly domain: string;
  readonly branch?: string;
}

export interface MalformedMapping {
  /** What stands behind the prefix of its key, however strange. */
  readonly domain: string;
  readonly because: string;
}

export interface Census {
  /** Keys under the prefix, the malformed ones included. */
  readonly total: number;
  /** By `user/repo`. */
  readonly repositories: ReadonlyMap<string, readonly Claim[]>;
  readonly malformed: readonly MalformedMapping[];
}

export async function takeCensus(
  client: RedisClient,
  { mappingPrefix }: Pick<PagesSettings, "mappingPrefix">,
  { signal, onBatch }: { signal: AbortSignal; onBatch?: (total: number) => void },
): Promise<Census> {
  const prefixBytes = Buffer.byteLength(mappingPrefix);
  const seen = new Set<string>();
  const repositories = new Map<string, Claim[]>();
  const malformed: MalformedMapping[] = [];
  for await (const batch of scanKeys(client, startingWith(mappingPrefix), signal)) {
    // Bytes that are no text stay apart by their latin1 form.
    const keys = batch.filter((key) => isNew(seen, key.toString("latin1", prefixBytes)));
    const values = await readStrings(client, keys);
    for (const [i, key] of keys.entries()) {
      const read = readEntry(key.subarray(prefixBytes), values[i] ?? null);
      if (read === undefined) seen.delete(key.toString("latin1", prefixBytes));
      else if ("because" in read) malformed.push(read);
      else add(repositories, read);
    }
    onBatch?.(seen.size);
  }
  return { total: seen.size, repositories, malformed };
}

function isNew(seen: Set<string>, name: string): boolean {
  return seen.size !== seen.add(name).size;
}

/** Undefined for a key that has gone since it was scanned. */
function readEntry(
  name: Buffer,
  value: Buffer | null | "not-a-string",
): Mapping | MalformedMapping | undefined {
  if (value === null) return undefined;
  const domain = textOf(name);
  if (domain === undefined) {
    return { domain: name.toString("latin1"), because: "the domain is not text" };
  }
  if (value === "not-a-string") return { domain, because: "the key holds no string" };
  const owner = textOf(value);
  if (owner === undefined) return { domain, because: "the value is not text" };
  const parsed = parseMapping(domain, owner);
  return "mapping" in parsed ? parsed.mapping : { domain, because: parsed.malformed };
}

function add(repositories: Map<string, Claim[]>, mapping: Mapping): void {
  const { domain, branch } = mapping;
  const claim = branch === undefined ? { domain } : { domain, branch };
  const repository = repositoryOf(mapping);
  const claims = repositories.get(repository);
  if (claims === undefined) repositories.set(repository, [claim]);
  else claims.push(claim);
}

/** The mapping that a claim of a repository stands for. */
export function mappingOf(repository: string, claim: Claim): Mapping {
  const [user = "", repo = ""] = repository.split("/");
  return { ...claim, user, repo };
}
