/** What is live and which keys are whose, told apart from the reaper: by the world, not by answers. */
import type { ModelRepository } from "./model-world.ts";

export interface Held {
  readonly domain: string;
  readonly user: string;
  readonly repo: string;
  readonly branch?: string;
}

export type Keys = Readonly<Record<string, string>>;

/** `hidden`: no token of ours may see it now, so that whatever it is must wait. */
export type Truth = "live" | "dead" | "missing" | "hidden";

const LABELS: Readonly<Record<string, string>> = {
  stage: "stage",
  "feature/new-ui": "feature-new-ui",
  branch: "branch",
  "release_v1.0": "release-v1-0",
};

export function truthOf(
  { domain, branch }: Held,
  repository: ModelRepository | undefined,
  isHidden: (repository: ModelRepository) => boolean,
): Truth {
  if (repository === undefined || !repository.exists) return "missing";
  if (isHidden(repository)) return "hidden";
  const { renamed, unreadable, instead, file } = repository;
  if (renamed || unreadable || instead !== undefined) return "live";
  if (file === undefined || !file.enabled || file.domain === "") return "dead";
  if (branch === undefined) return file.domain === domain ? "live" : "dead";
  const own = `${LABELS[branch]}.${file.domain}`;
  return file.branches.includes(branch) && own === domain ? "live" : "dead";
}

/** The well-formed mappings among the keys. */
export function mappingsIn(keys: Keys): Held[] {
  return Object.entries(keys).flatMap(([key, value]) => {
    const [, domain] = /^custom_domain:([\w-]+(?:\.[\w-]+)+)$/.exec(key) ?? [];
    const [, user, repo, branch] = /^([\w.]+):([\w.]+)(?::([\w./-]+))?$/.exec(value) ?? [];
    if (domain === undefined || user === undefined || repo === undefined || user === "..")
      return [];
    return [{ domain, user, repo, ...(branch !== undefined && { branch }) }];
  });
}

const nameOf = (domain: string) => domain.replaceAll(".", "-");
const ruleKey = (domain: string) => `traefik/http/routers/custom-${nameOf(domain)}/rule`;
const rule = (domain: string) => `Host(\`${domain}\`)`;
const plain = (value: string | undefined) => value?.replace(/ \(cached\)$/, "");

/** Keys that the pages server needs to serve this mapping as it stands. */
export function keysOfLive(held: Held, keys: Keys): string[] {
  const { domain, user, repo, branch } = held;
  const name = nameOf(domain);
  const routerIsIts = plain(keys[ruleKey(domain)]) === rule(domain);
  const reverse = branch === undefined ? `${user}:${repo}` : `${user}:${repo}:branch:${branch}`;
  return Object.keys(keys).filter(
    (key) =>
      key === `custom_domain:${domain}` ||
      key === `redirects_meta:${domain}` ||
      // Of a user of that name it would be the mapping of somebody else's domain.
      (user !== "custom_domain" && key === reverse && keys[key] === domain) ||
      (routerIsIts && key.startsWith(`traefik/http/routers/custom-${name}/`)) ||
      isRedirectOf(key, name) ||
      key.startsWith(`${user}:${repo}:${branch ?? ""}:public/`) ||
      (branch === undefined && key === `password:${user}:${repo}`),
  );
}

function isRedirectOf(key: string, name: string): boolean {
  const [, named] = /^traefik\/http\/middlewares\/redirects-(.+)-\d+\//.exec(key) ?? [];
  return named === name;
}

/** Keys that may go when this mapping is dead. */
export function keysOfDead(held: Held, keys: Keys): string[] {
  const { user, repo } = held;
  const cached = Object.keys(keys).filter(
    (key) =>
      keys[key]?.endsWith("(cached)") === true &&
      (key.startsWith(`${user}:${repo}:`) || key === `password:${user}:${repo}`),
  );
  return [...keysOfLive(held, keys), ...cached];
}

/** What a dead mapping has left behind that it should not have. `before` are the keys before the run that removed it. */
export function remainsOf(held: Held, before: Keys, after: Keys, siteIsGone: boolean): string[] {
  const { domain, user, repo, branch } = held;
  const name = nameOf(domain);
  const reverse = branch === undefined ? `${user}:${repo}` : `${user}:${repo}:branch:${branch}`;
  const isReserved = user === "custom_domain";
  const routerWasIts = plain(before[ruleKey(domain)]) === rule(domain);
  const isShared =
    after[ruleKey(domain)] !== undefined ||
    Object.keys(after).some(
      (key) => key.startsWith("custom_domain:") && nameOf(key.slice(14)) === name,
    );
  return Object.keys(after).filter(
    (key) =>
      key === `custom_domain:${domain}` ||
      key === `redirects_meta:${domain}` ||
      (!isReserved && key === reverse && after[key] === domain) ||
      (routerWasIts && key.startsWith(`traefik/http/routers/custom-${name}/`)) ||
      (!isShared && isRedirectOf(key, name)) ||
      (siteIsGone &&
        !isReserved &&
        after[key]?.endsWith("(cached)") === true &&
        (key.startsWith(`${user}:${repo}:`) || key === `password:${user}:${repo}`)),
  );
}
