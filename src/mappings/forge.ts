/** What the reaper asks of a forge: whether it can be believed at all, and what it knows of a repository. */
import { type ForgeAnswer, fieldsOf, readContents, readRepository } from "./answer.ts";
import type { Ask } from "./ask.ts";
import type { Look } from "./verdict.ts";

/** Whether this forge, asked with this token, can say that something is gone. */
export type Fitness =
  | {
      readonly fit: true;
      /** An administrator's token sees every repository: what it does not see is not there. */
      readonly seesAll: boolean;
    }
  | { readonly fit: false; readonly because: string };

export interface Forge {
  /** Asked once, before anything is judged. */
  probe(signal: AbortSignal): Promise<Fitness>;
  /** One look at `user/repo`: enough to judge its main domain and all its branches. Nothing is remembered. */
  look(repository: string, signal: AbortSignal): Promise<Look>;
}

export function createForge(ask: Ask, { hasToken }: { readonly hasToken: boolean }): Forge {
  return {
    async probe(signal) {
      const version = readVersion(await ask("/version", signal));
      if (!version.fit || !hasToken) return version;
      return readUser(await ask("/user", signal));
    },
    async look(repository, signal) {
      const [user = "", repo = ""] = repository.split("/");
      const path = `/repos/${encodeURIComponent(user)}/${encodeURIComponent(repo)}`;
      const askContents = async () => readContents(await ask(`${path}/contents/.pages`, signal));
      const seen = await askContents();
      if (seen !== "ask-for-the-repository") return seen;
      const there = readRepository(await ask(path, signal), repository);
      if (there.found !== "no-file") return there;
      // The file may have come meanwhile; what decides is asked last.
      const again = await askContents();
      return again === "ask-for-the-repository" ? there : again;
    },
  };
}

/** Proves host, base path, and that the API answers to us. */
function readVersion(answer: ForgeAnswer): Fitness {
  if ("failed" in answer) return unfit(answer.failed);
  const { status, json } = answer;
  if (status === 401) return unfit("the token was refused");
  if (status !== 200) return unfit(`its version was asked for and it answered ${status}`);
  return typeof fieldsOf(json).version === "string"
    ? { fit: true, seesAll: false }
    : unfit("there is no Forgejo or Gitea API below this address");
}

/** A token that may read repositories but no users is as good, only not known to see all. */
function readUser(answer: ForgeAnswer): Fitness {
  if ("failed" in answer) return unfit(answer.failed);
  const { status, json } = answer;
  if (status === 401) return unfit("the token was refused");
  if (status === 403) return { fit: true, seesAll: false };
  const { login, is_admin: isAdmin } = fieldsOf(json);
  if (status !== 200 || typeof login !== "string")
    return unfit(`the token was tried and it answered ${status}`);
  return { fit: true, seesAll: isAdmin === true };
}

function unfit(because: string): Fitness {
  return { fit: false, because };
}
