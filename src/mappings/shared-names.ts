import type { Census } from "./census.ts";
import { routerName } from "./mapping.ts";

/** Who else has the router name of a dead domain. Both would own the redirects under that name: they go with the last of them. */
export interface SharedNames {
  /** Runs the work when no other on the same router name is under way. */
  inTurn<T>(domain: string, work: () => Promise<T>): Promise<T>;
  /** Whether another mapping with the same router name is still there. */
  isShared(domain: string): boolean;
  /** A mapping has been removed. */
  drop(domain: string): void;
}

export function findSharedNames(census: Census, dead: Iterable<string>): SharedNames {
  const holders = new Map<string, Set<string>>();
  for (const domain of dead) holders.set(routerName(domain), new Set());
  const note = ({ domain }: { readonly domain: string }) =>
    holders.get(routerName(domain))?.add(domain);
  for (const claims of census.repositories.values()) claims.forEach(note);
  census.malformed.forEach(note);
  const turns = new Map<string, Promise<unknown>>();
  const holdersOf = (domain: string) => holders.get(routerName(domain));
  return {
    async inTurn(domain, work) {
      const name = routerName(domain);
      const turn = (turns.get(name) ?? Promise.resolve()).then(work);
      turns.set(name, turn.catch(ignore));
      return turn;
    },
    isShared: (domain) => [...(holdersOf(domain) ?? [])].some((holder) => holder !== domain),
    drop: (domain) => holdersOf(domain)?.delete(domain),
  };
}

/** The one whose turn failed hears of it. */
function ignore(): void {}
