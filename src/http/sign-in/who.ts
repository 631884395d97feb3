/** Who asks. */
import type { IncomingMessage } from "node:http";
import type { Session, Sessions } from "../../store/sessions.ts";
import type { Cookie } from "./cookies.ts";

/** `away`: the store of sessions does not answer, so nobody can tell. */
export type Who =
  | { readonly session: Session; readonly id: string }
  | { readonly session: undefined; readonly id?: undefined; readonly away?: true };

export type WhoOf = (req: IncomingMessage) => Promise<Who>;

const ID = /^[\w-]{43}$/;

/** Looks up the session of a request. A store that is away makes everybody a stranger: pages are still read. */
export function createWho(sessions: Sessions, cookie: Cookie): WhoOf {
  return async (req) => {
    const id = cookie.read(req);
    if (id === undefined || !ID.test(id)) return { session: undefined };
    try {
      const session = await sessions.find(id);
      return session === undefined ? { session } : { session, id };
    } catch {
      return { session: undefined, away: true };
    }
  };
}
