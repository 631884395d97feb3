import type { RedisTarget } from "./config.ts";

/** What the reaper goes by, checked and complete. */
export interface ReapSettings {
  /** What a scheduled run does with dead mappings: report them, or remove them. */
  readonly mode: "dry-run" | "apply";
  /** When runs start; absent: only by command. */
  readonly schedule?: ReapSchedule;
  readonly pages: PagesSettings;
  readonly forge: ForgeSettings;
  readonly strikes: StrikeLimits;
  readonly brake: BrakeLimits;
  /** How long removals are kept for an undo, in milliseconds. */
  readonly keepRecordsMs: number;
  /** Whether the TXT record of each live main domain is looked up and reported. */
  readonly dnsProof: boolean;
  readonly rules: readonly ReapRule[];
}

export interface ReapSchedule {
  /** A cron pattern of five or six fields. */
  readonly pattern: string;
  readonly timeZone: string;
}

/** The Redis of the pages server, and the names that it writes under. */
export interface PagesSettings {
  readonly redis: RedisTarget;
  /** `traefikRedisRootKey` of the plugin. */
  readonly rootKey: string;
  /** What the key of every mapping starts with. */
  readonly mappingPrefix: string;
}

export interface ForgeSettings {
  /** Base URL without a last slash; a path is kept. */
  readonly url: string;
  readonly token?: string;
  /** Requests under way at a time. */
  readonly concurrency: number;
  /** Longest that one request takes, answer included, in milliseconds. */
  readonly timeoutMs: number;
  /** How often a request is tried when the forge is busy or the connection breaks. */
  readonly attempts: number;
  /** Longest wait that a `Retry-After` may ask for, in milliseconds; beyond it the question stays open. */
  readonly longestWaitMs: number;
}

/** How often a repository must be seen missing when it could be a private one that hides. */
export interface StrikeLimits {
  readonly count: number;
  /** Least time from the first sighting to the one that counts, in milliseconds. */
  readonly overMs: number;
}

/** A run that would pass both of the first two removes nothing. */
export interface BrakeLimits {
  readonly mappings: number;
  /** Share of all mappings, 0 to 1. */
  readonly share: number;
  /** Share of repositories that may stay unjudged before the forge counts as broken, 0 to 1. */
  readonly unsure: number;
}

/** Another family of keys that have an owner somewhere. */
export interface ReapRule {
  readonly name: string;
  /** `avatar:{user}:{size}`: a name in braces stands for one or more characters other than a colon. */
  readonly key: string;
  /** URL of the owner, with the same names: `https://git.example/api/v1/users/{user}`. */
  readonly owner: string;
  /** Statuses that mean that the owner is gone. */
  readonly gone: readonly number[];
}

const DAY_MS = 86_400_000;

/** Everything that has a sensible value of its own. */
export const REAP_DEFAULTS = {
  mode: "dry-run",
  rootKey: "traefik",
  mappingPrefix: "custom_domain:",
  concurrency: 4,
  timeoutMs: 10_000,
  attempts: 3,
  longestWaitMs: 60_000,
  strikes: { count: 3, overMs: DAY_MS },
  brake: { mappings: 10, share: 0.2, unsure: 0.5 },
  keepRecordsMs: 30 * DAY_MS,
} as const;
