/** The files of `public`, each under a path that changes with what is in it, so that browsers may keep them for good. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { RequestHandler } from "express";
import { noteOf } from "../note.ts";

/** Seen alike from the sources and from what is built of them. */
const FOLDER = new URL("../../../public/", import.meta.url);

/** Later styles win over earlier ones. */
const STYLES = ["theme", "frame", "controls", "cards", "report", "charts", "repositories", "phone"];

const ASSETS = {
  "site.css": {
    type: "text/css; charset=utf-8",
    files: STYLES.map((name) => `styles/${name}.css`),
  },
  "site.js": { type: "text/javascript; charset=utf-8", files: ["site.js"] },
  "icon.svg": { type: "image/svg+xml", files: ["icon.svg"] },
} as const;

export type AssetName = keyof typeof ASSETS;

export interface Assets {
  /** Where pages find a file. */
  path(name: AssetName): string;
  readonly handler: RequestHandler;
}

const PREFIX = "/assets/";

/** Reads all files; throws when one is not there. */
export function loadAssets(): Assets {
  const paths = new Map<string, string>();
  const files = new Map<string, { readonly type: string; readonly body: Buffer }>();
  for (const [name, { type, files: parts }] of Object.entries(ASSETS)) {
    const body = Buffer.concat(parts.map((part) => readFileSync(new URL(part, FOLDER))));
    const digest = createHash("sha256").update(body).digest("hex").slice(0, 12);
    const path = PREFIX + name.replace(".", `.${digest}.`);
    paths.set(name, path);
    files.set(path, { type, body });
  }
  return {
    path: (name) => paths.get(name) as string,
    handler: (req, res, next) => {
      const file = files.get(req.path);
      if (file === undefined || (req.method !== "GET" && req.method !== "HEAD")) return next();
      noteOf(req).outcome = "asset";
      res.set({
        "Content-Type": file.type,
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
      });
      res.end(req.method === "HEAD" ? undefined : file.body);
    },
  };
}
