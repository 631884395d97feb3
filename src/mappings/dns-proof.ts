import { createHash } from "node:crypto";
import { resolveTxt } from "node:dns/promises";
import { canonicalDomain, type Mapping, repositoryOf } from "./mapping.ts";

/** `proven`: a TXT record of the domain names the repository; `other`: one names another. Reported, never acted upon. */
export type Proof = "proven" | "other" | "missing" | "unknown";

const RECORD = "bovine-pages-verification=";

/** The TXT record by which the owner of a domain allows a repository to use it. */
export function proofRecord(repository: string): string {
  return RECORD + createHash("sha256").update(repository).digest("hex");
}

export function createProof(lookUp: typeof resolveTxt = resolveTxt) {
  return async (mapping: Mapping): Promise<Proof> => {
    try {
      const records = await lookUp(canonicalDomain(mapping.domain));
      const texts = records.map((parts) => parts.join("").replaceAll(" ", ""));
      if (texts.includes(proofRecord(repositoryOf(mapping)))) return "proven";
      return texts.some((text) => text.startsWith(RECORD)) ? "other" : "missing";
    } catch (failure) {
      const { code } = failure as NodeJS.ErrnoException;
      return code === "ENODATA" || code === "ENOTFOUND" ? "missing" : "unknown";
    }
  };
}
