/** The URLs that a person names: as arguments, as lines, in a sitemap, or in an access log. */
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { readAccessLog } from "./access-log.ts";
import { readSitemap } from "./sitemap.ts";

export interface UrlSources {
  readonly urls: readonly string[];
  /** One URL a line; `-` is standard input. */
  readonly files: readonly string[];
  /** Files or URLs. */
  readonly sitemaps: readonly string[];
  readonly accessLogs: readonly string[];
  /** Of each access log, the most asked. */
  readonly top: number;
}

/** Each once, at most `limit`, in the order in which they are named. `say` tells what was made of a source. */
export async function collectUrls(
  sources: UrlSources,
  limit: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<string[]> {
  const found = new Set<string>();
  for await (const url of all(sources, signal, say)) {
    if (found.has(url)) continue;
    if (found.size >= limit) {
      say(`Only the first ${limit} are taken; --limit takes more.`);
      break;
    }
    found.add(url);
  }
  return [...found];
}

async function* all(
  { urls, files, sitemaps, accessLogs, top }: UrlSources,
  signal: AbortSignal,
  say: (line: string) => void,
): AsyncIterable<string> {
  yield* urls;
  for (const file of files)
    for await (const line of linesOf(file))
      if (line.trim() !== "" && !line.startsWith("#")) yield line.trim();
  for (const sitemap of sitemaps) yield* readSitemap(sitemap, signal);
  for (const log of accessLogs) {
    const { targets, lines, passedOver } = await readAccessLog(linesOf(log));
    say(`${log}: ${lines} lines, ${passedOver} passed over, different URLs: ${targets.length}`);
    yield* targets.slice(0, top);
  }
}

async function* linesOf(file: string): AsyncIterable<string> {
  const raw: Readable = file === "-" ? process.stdin : (await open(file)).createReadStream();
  const input = file.endsWith(".gz") ? pipeline(raw, createGunzip(), () => undefined) : raw;
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}
