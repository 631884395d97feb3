/** What a look at the forge says of a mapping. Only explicit verdicts remove; whatever leaves a doubt keeps. */
import type { Mapping } from "./mapping.ts";
import { namesDomain, type PagesFile } from "./pages-file.ts";

/** What the forge said of a repository and its `.pages` file. */
export type Look =
  | { readonly found: "file"; readonly file: PagesFile }
  /** The repository answers under another name. */
  | { readonly found: "renamed" }
  /** The repository is there, the file is not. */
  | { readonly found: "no-file" }
  /** Gone, or private and hidden from us. */
  | { readonly found: "no-repository" }
  /** The path holds something that is no readable `.pages` file. */
  | { readonly found: "invalid"; readonly because: string }
  | { readonly found: "forbidden" }
  /** Our token is not taken (any more): nothing that this forge says of anything counts. */
  | { readonly found: "unauthorized" }
  | { readonly found: "nothing"; readonly because: string };

const FATES = {
  alive: "live",
  renamed: "live",
  "domain-changed": "dead",
  "branch-removed": "dead",
  disabled: "dead",
  "file-missing": "dead",
  "repo-missing": "dead",
  /** Of a rule: the owner of a key is gone. */
  "owner-missing": "dead",
  /** Of a key that belongs to no mapping (any more). */
  orphan: "dead",
  forbidden: "unsure",
  unknown: "unsure",
  malformed: "unsure",
} as const;

export type VerdictKind = keyof typeof FATES;
/** `unsure` is kept like `live`, and counted as an error. */
export type Fate = (typeof FATES)[VerdictKind];

export interface Verdict {
  readonly kind: VerdictKind;
  /** For people: what exactly was seen. */
  readonly detail?: string;
}

export const VERDICTS = Object.keys(FATES) as VerdictKind[];

export function fateOf({ kind }: Pick<Verdict, "kind">): Fate {
  return FATES[kind];
}

export function judge(mapping: Mapping, look: Look): Verdict {
  switch (look.found) {
    case "file":
      return judgeFile(mapping, look.file);
    case "renamed":
      return { kind: "renamed" };
    case "no-file":
      return { kind: "file-missing" };
    case "no-repository":
      return { kind: "repo-missing" };
    case "invalid":
      return { kind: "malformed", detail: look.because };
    case "forbidden":
      return { kind: "forbidden" };
    case "unauthorized":
      return { kind: "unknown", detail: "the token was refused" };
    case "nothing":
      return { kind: "unknown", detail: look.because };
  }
}

function judgeFile(mapping: Mapping, file: PagesFile): Verdict {
  if (!file.enabled) return { kind: "disabled" };
  const { branch } = mapping;
  if (branch !== undefined && !file.branches.includes(branch)) return { kind: "branch-removed" };
  if (namesDomain(file, mapping)) return { kind: "alive" };
  const named = file.customDomain === "" ? "no domain" : file.customDomain;
  return { kind: "domain-changed", detail: `the file names ${named}` };
}
