import { z } from "zod";

/** What the documentation and the environment need to know of a setting beside its schema. */
export interface Note {
  /** Kind of value, in words. */
  readonly type?: string;
  /** Environment variables that set it; the first is the one to use. */
  readonly env?: readonly string[];
  /** Never shown: `url` hides user, password and query, `all` the whole value. */
  readonly secret?: "url" | "all";
  /** The default in words, where the schema holds none. */
  readonly fallback?: string;
}

export const notes = z.registry<Note>();
