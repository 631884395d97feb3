/** Keeps pages of other sites from acting in a visitor's name. */
import type { Request } from "express";
import { isSame } from "./begun.ts";

/**
 * Whether an unsafe request comes from a page of ours: browsers say where it was made (Sec-Fetch-Site, Origin), and it carries the token of the
 * visitor's session, in the field `csrf` of a form or in `X-CSRF-Token`.
 */
export function isOurs(req: Request, csrf: string, origin: string): boolean {
  const field = (req.body as { csrf?: unknown } | undefined)?.csrf;
  const given = req.get("x-csrf-token") ?? field;
  return isSameSite(req, origin) && typeof given === "string" && isSame(given, csrf);
}

function isSameSite(req: Request, siteOrigin: string): boolean {
  const site = req.get("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return false;
  const origin = req.get("origin");
  if (origin === undefined || origin === siteOrigin) return true;
  return URL.canParse(origin) && new URL(origin).host === req.get("host");
}
