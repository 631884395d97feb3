/** Where a visitor goes after signing in: only paths of this site (CWE-601). */

/** Stands for this site while a path is resolved; no path can name it. */
const SITE = "http://site.invalid";
/** What is left of a cookie's 4 KiB beside the other parts of a started sign-in. */
const LONGEST = 1_000;
/** Visible ASCII but the backslash, which browsers read as a slash. */
const PLAIN = /^[\x21-\x5b\x5d-\x7e]+$/;

/** The path and query to return to; `/` for anything that does not surely stay on this site, or leads back into signing in. */
export function returnPath(wish: unknown): string {
  if (typeof wish !== "string" || wish.length > LONGEST || !PLAIN.test(wish)) return "/";
  if (!isPath(wish)) return "/";
  const url = URL.canParse(wish, SITE) ? new URL(wish, SITE) : undefined;
  if (url === undefined || url.origin !== SITE) return "/";
  // Dot segments are gone now, and may have left two slashes at the start.
  const path = url.pathname + url.search;
  return isPath(path) && !/^\/auth(?:\/|$)/i.test(url.pathname) ? path : "/";
}

/** One slash at the start: two begin a host. */
function isPath(text: string): boolean {
  return /^\/(?!\/)/.test(text);
}
