/** Sends pages and what belongs to them: fields that keep them safe, and that say who may keep them. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isKnown, versionOf } from "../entity-tag.ts";

/**
 * Who may keep an answer. `shared`: it is the same for all who are not signed in, and a shared cache may keep it for a minute; `private`: for this visitor;
 * `none`: not worth keeping.
 */
export type Keep = "shared" | "private" | "none";

export interface Answer {
  readonly status?: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly keep: Keep;
  /** More fields; the last word on those that are set here too. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** A browser asks again before it shows a page that it kept; a shared cache may be a minute behind. */
const KEEP = {
  shared: "public, max-age=0, s-maxage=60, must-revalidate",
  private: "private, no-cache",
  none: "no-store",
} as const;

/** Sends the answer, or 304 when the client has it already (RFC 9110 §13.1.2). */
export function send(req: IncomingMessage, res: ServerResponse, answer: Answer): void {
  const { status = 200, type, body, keep, fields } = answer;
  const version = versionOf(body);
  const isKept = keep !== "none" && status === 200;
  const all: Record<string, string> = {
    "Cache-Control": KEEP[keep],
    // The same address has other answers for the signed-in, and for programs.
    Vary: "Cookie, Accept",
    ...(isKept && { ETag: `"${version}"` }),
    ...fields,
  };
  for (const [name, value] of Object.entries(all)) res.setHeader(name, value);
  if (isKept && isKnown(req.headers["if-none-match"], version)) {
    res.writeHead(304).end();
    return;
  }
  res.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
  });
  res.end(req.method === "HEAD" ? undefined : body);
}

export interface PolicyOptions {
  /** Hosts whose images pages show: those of profile pictures. */
  readonly images: readonly string[];
  readonly analytics?: string;
  /** Whether search engines may list pages. */
  readonly indexed: boolean;
}

/** The fields that all pages have. Nothing inline runs or paints: scripts and styles are files of this site. */
export function pageFields({ images, analytics, indexed }: PolicyOptions): Record<string, string> {
  const also = analytics === undefined ? "" : ` ${new URL(analytics).origin}`;
  const policy = [
    "default-src 'none'",
    `script-src 'self'${also}`,
    "style-src 'self'",
    ["img-src 'self'", ...images].join(" "),
    `connect-src 'self'${also}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=(), browsing-topics=()",
    ...(indexed ? {} : { "X-Robots-Tag": "noindex, nofollow" }),
  };
}
