/** What the value cache throws. */

/** The store does not answer, and the cache was told to say so (`failSilently: false`). */
export class CacheConnectionError extends Error {
  override readonly name = "CacheConnectionError";
}

/** A call took longer than its hard time-out. It goes on, and its result is stored if it comes. */
export class CacheTimeoutError extends Error {
  override readonly name = "CacheTimeoutError";
}

/** A value cannot be stored: it has no exact form in bytes, or is too large. */
export class UnstorableError extends TypeError {
  override readonly name = "UnstorableError";
}
