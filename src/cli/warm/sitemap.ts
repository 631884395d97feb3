/** The URLs of a sitemap (sitemaps.org): a file or a URL, XML or gzip, nested indexes followed. */
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { XMLParser } from "fast-xml-parser";
import { messageOf } from "../../errors.ts";

/** What the format allows for one file, unpacked. */
const MOST_BYTES = 50 * 2 ** 20;
/** Sitemaps read for one index. */
const MOST_SITEMAPS = 1_000;
const FETCH_MS = 30_000;

/** Rejects with what is wrong with a sitemap, and which. `signal` ends the reading. */
export async function* readSitemap(place: string, signal: AbortSignal): AsyncIterable<string> {
  const waiting = [place];
  const seen = new Set(waiting);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { urls, sitemaps } = parseSitemap(await load(next, signal), next);
    yield* urls;
    for (const sitemap of sitemaps) {
      if (seen.has(sitemap)) continue;
      mustFollow(place, sitemap);
      if (seen.size >= MOST_SITEMAPS)
        throw new Error(`${place} leads to more than ${MOST_SITEMAPS} sitemaps.`);
      seen.add(sitemap);
      waiting.push(sitemap);
    }
  }
}

/** An index may name sitemaps of its own host only: what it says must not make us ask others. */
function mustFollow(index: string, sitemap: string): void {
  if (isUrl(sitemap) && (!isUrl(index) || new URL(index).host === new URL(sitemap).host)) return;
  throw new Error(`${index} names a sitemap of another place: ${sitemap}`);
}

function isUrl(place: string): boolean {
  return /^https?:\/\//i.test(place) && URL.canParse(place);
}

async function load(place: string, signal: AbortSignal): Promise<string> {
  try {
    const bytes = isUrl(place) ? await download(place, signal) : await readFile(place, { signal });
    return (await unpacked(bytes)).toString("utf8");
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new Error(`The sitemap ${place} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

async function download(url: string, signal: AbortSignal): Promise<Buffer> {
  const response = await fetch(url, {
    redirect: "error",
    signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_MS)]),
  });
  if (!response.ok) throw new Error(`it is answered with ${response.status}.`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MOST_BYTES) throw new Error("it is larger than 50 MiB.");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

async function unpacked(bytes: Buffer): Promise<Buffer> {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isPacked ? await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES }) : bytes;
  if (plain.length > MOST_BYTES) throw new Error("it is larger than 50 MiB.");
  return plain;
}

interface Parsed {
  readonly urls: readonly string[];
  readonly sitemaps: readonly string[];
}

/** Lists are lists also when they have one member. */
const parser = new XMLParser({
  isArray: (name) => name === "url" || name === "sitemap",
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
});

/** `place` is for messages. */
export function parseSitemap(text: string, place: string): Parsed {
  // A sitemap declares nothing, and declarations are how XML is made to grow.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text))
    throw new Error(`The sitemap ${place} has a document type, which sitemaps do not have.`);
  const { urlset, sitemapindex } = parse(text, place);
  if (urlset === undefined && sitemapindex === undefined)
    throw new Error(`${place} is no sitemap: it holds neither a urlset nor a sitemapindex.`);
  return { urls: locations(urlset, "url"), sitemaps: locations(sitemapindex, "sitemap") };
}

function parse(text: string, place: string): Record<string, unknown> {
  try {
    return parser.parse(text, true) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`The sitemap ${place} is not XML: ${messageOf(cause)}`, { cause });
  }
}

function locations(parent: unknown, name: string): string[] {
  const members = (parent as Record<string, unknown> | undefined)?.[name];
  if (!Array.isArray(members)) return [];
  return members.flatMap((member: unknown) => {
    const loc = (member as { loc?: unknown } | null)?.loc;
    return typeof loc === "string" && loc.trim() !== "" ? [loc.trim()] : [];
  });
}
