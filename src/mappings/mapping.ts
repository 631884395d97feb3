/** A custom domain's entry in the pages Redis, in the form in which the pages server writes it. */

/** Who serves a domain: the repository, or one of its branches. */
export interface Mapping {
  readonly domain: string;
  readonly user: string;
  readonly repo: string;
  /** Absent for the default branch. */
  readonly branch?: string;
}

export type ParsedMapping =
  | { readonly mapping: Mapping }
  /** Neither judged nor touched. */
  | { readonly malformed: string };

/** Reads `{domain}` and `{user}:{repo}` or `{user}:{repo}:{branch}`. A branch holds no colon, so a fourth part is a fault. */
export function parseMapping(domain: string, value: string): ParsedMapping {
  const [user = "", repo = "", branch, ...rest] = value.split(":");
  const fault =
    domainFault(domain) ??
    (value.includes(":") ? undefined : "the value is not user:repository") ??
    (rest.length > 0 ? "the value has more than three parts" : undefined) ??
    (isName(user) ? undefined : "no valid user name") ??
    (isName(repo) ? undefined : "no valid repository name") ??
    (branch === undefined || isBranch(branch) ? undefined : "no valid branch name");
  if (fault !== undefined) return { malformed: fault };
  return { mapping: { domain, user, repo, ...(branch !== undefined && { branch }) } };
}

/** The value under a mapping's key; the inverse of `parseMapping`. */
export function formatMapping({ user, repo, branch }: Omit<Mapping, "domain">): string {
  return branch === undefined ? `${user}:${repo}` : `${user}:${repo}:${branch}`;
}

/** What judges and removals are grouped by: one look at the forge serves a repository and all its branches. */
export function repositoryOf({ user, repo }: Pick<Mapping, "user" | "repo">): string {
  return `${user}/${repo}`;
}

const LONGEST_DOMAIN = 253;
/** Letters of any script, digits, hyphen and underscore: nothing that means something in a glob, a rule, a key path or a URL. */
const LABEL = /^[\p{L}\p{M}\p{N}_-]{1,63}$/u;

/** Why a text is no domain that may become part of a key, or undefined. Upper case and a last dot are the owner's spelling. */
export function domainFault(domain: string): string | undefined {
  if (domain === "") return "the domain is empty";
  if (domain.length > LONGEST_DOMAIN) return "the domain is too long";
  const labels = domain.replace(/\.$/, "").split(".");
  return labels.every((label) => LABEL.test(label)) ? undefined : "no valid domain name";
}

/** User and repository names as the forge allows them; `.profile` is one, `..` is not. */
export function isName(name: string): boolean {
  return /^[\w.-]{1,255}$/.test(name) && name !== "." && name !== "..";
}

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** What git allows as the name of a branch. */
export function isBranch(name: string): boolean {
  if (name === "" || name.length > 255 || CONTROL.test(name)) return false;
  if (/[ ~^:?*[\\]|\.\.|\/\/|@\{|^[/.-]|[/.]$|\.lock$/.test(name)) return false;
  return !name.includes("/.");
}

/** One spelling for domains that DNS does not tell apart. */
export function canonicalDomain(domain: string): string {
  const plain = domain.replace(/\.$/, "").toLowerCase().normalize("NFC");
  return /^[\x21-\x7e]*$/.test(plain) ? plain : toAscii(plain);
}

function toAscii(domain: string): string {
  try {
    return new URL(`http://${domain}`).hostname || domain;
  } catch {
    return domain;
  }
}

/** The pages server's name for a domain in routers and middlewares. Domains that differ in dots and hyphens share it. */
export function routerName(domain: string): string {
  return domain.replaceAll(".", "-");
}
