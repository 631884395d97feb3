/** The `.pages` file of a repository, read as the pages server reads it: line by line, the last setting of a name wins. */
import { canonicalDomain, type Mapping } from "./mapping.ts";

export interface PagesFile {
  /** Empty when the file names none. */
  readonly customDomain: string;
  /** False only by an explicit no. The pages server reads any odd value as a no, but enforces none: odd values count as yes here. */
  readonly enabled: boolean;
  /** Read with and without what could be a comment behind a name. */
  readonly branches: readonly string[];
}

export function parsePagesFile(text: string): PagesFile {
  const file = { customDomain: "", enabled: true, branches: [] as string[] };
  let inBlock = false;
  for (const line of text.split("\n").map((whole) => whole.trim())) {
    if (inBlock && line.startsWith("- ")) {
      file.branches.push(...readings(line.slice(2)));
      continue;
    }
    const [, name, value = ""] = /^(custom_domain|enabled|enable_branches):(.*)$/s.exec(line) ?? [];
    inBlock = name === "enable_branches" && value.trim() === "";
    if (name !== undefined && !inBlock) Object.assign(file, READINGS[name]?.(value));
  }
  return { ...file, branches: file.branches.filter((branch) => branch !== "") };
}

/** A list in brackets replaces what earlier lines listed; a block adds to it. */
const READINGS: Readonly<Record<string, (value: string) => Partial<PagesFile>>> = {
  custom_domain: (value) => ({ customDomain: unquote(value) }),
  enabled: (value) => ({ enabled: !isNo(value) }),
  enable_branches: (value) => ({ branches: inlineList(value) }),
};

function unquote(text: string): string {
  return text.trim().replace(/^["']+|["']+$/g, "");
}

function isNo(value: string): boolean {
  return ["false", "no", "off", "0"].includes(withoutComment(value).toLowerCase());
}

function inlineList(value: string): string[] {
  return readings(value).flatMap((list) =>
    list.replace(/^\[/, "").replace(/\]$/, "").split(",").map(unquote),
  );
}

/** The pages server knows no comment behind a value, owners do: a mapping that either reading names is kept. */
function readings(value: string): string[] {
  return [unquote(value), withoutComment(value)];
}

function withoutComment(value: string): string {
  return unquote(value.replace(/\s#.*$/s, ""));
}

/** The label of a branch's own subdomain; empty when nothing of the name is left. */
export function branchLabel(branch: string): string {
  const label = branch
    .toLowerCase()
    .replaceAll(/[/_.]/g, "-")
    .replaceAll(/[^a-z0-9-]/g, "")
    .replaceAll(/-{2,}/g, "-")
    .replaceAll(/^-|-$/g, "");
  return label.slice(0, 63).replace(/-$/, "");
}

/** Whether the file gives a mapping's domain to its repository, or to its branch. */
export function namesDomain(file: PagesFile, { domain, branch }: Mapping): boolean {
  const label = branch === undefined ? "" : `${branchLabel(branch)}.`;
  const wanted = canonicalDomain(domain);
  return readings(file.customDomain).some(
    (named) => named !== "" && canonicalDomain(label + named) === wanted,
  );
}
