import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readAccessLog, targetOfLine } from "../../src/cli/warm/access-log.ts";
import { parseSitemap, readSitemap } from "../../src/cli/warm/sitemap.ts";
import { collectUrls } from "../../src/cli/warm/urls.ts";
import { startOrigin } from "../helpers/origin.ts";

const NEVER = new AbortController().signal;

async function list(urls: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const url of urls) all.push(url);
  return all;
}

const urlset = (...locs: string[]) =>
  `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${locs
    .map((loc) => `<url><loc>${loc}</loc><lastmod>2026-01-01</lastmod></url>`)
    .join("")}</urlset>`;
const index = (...locs: string[]) =>
  `<sitemapindex>${locs.map((loc) => `<sitemap><loc>${loc}</loc></sitemap>`).join("")}</sitemapindex>`;

describe("a sitemap", () => {
  test("tells its URLs, one or many, escaped as XML is", () => {
    const { urls } = parseSitemap(urlset("https://a.example/x?a=1&amp;b=2", " /y "), "s");
    expect(urls).toEqual(["https://a.example/x?a=1&b=2", "/y"]);
    expect(parseSitemap(urlset("/one"), "s").urls).toEqual(["/one"]);
    expect(parseSitemap(urlset(), "s").urls).toEqual([]);
  });

  test.each([
    ["a bomb of entities", '<!DOCTYPE x [<!ENTITY a "aa">]><urlset/>', "document type"],
    ["a document type alone", "<!doctype html><html></html>", "document type"],
    ["a page", "<html><body/></html>", "neither a urlset"],
    ["what is no XML", "<urlset><url>", "is not XML"],
    ["plain text", "/a\n/b", "is not XML"],
  ])("that is %s is refused", (_what, text, message) => {
    expect(() => parseSitemap(text, "s")).toThrow(message);
  });

  test("leads to others, packed ones too, each read once", async () => {
    await using origin = await startOrigin();
    const packed = gzipSync(urlset("/c"));
    origin.on((req, res) => {
      if (req.url === "/index.xml")
        res.end(index(`${origin.url}/a.xml`, `${origin.url}/b.xml.gz`, `${origin.url}/index.xml`));
      else if (req.url === "/a.xml") res.end(urlset("/a", "/b"));
      else res.end(packed);
    });
    expect(await list(readSitemap(`${origin.url}/index.xml`, NEVER))).toEqual(["/a", "/b", "/c"]);
    expect(origin.requests).toHaveLength(3);
  });

  test("may not lead elsewhere, nor to files", async () => {
    await using origin = await startOrigin();
    for (const loc of ["http://127.0.0.1:9/latest", "file:///etc/passwd", "/etc/passwd"]) {
      origin.answers(index(loc));
      await expect(list(readSitemap(`${origin.url}/i`, NEVER))).rejects.toThrow("another place");
    }
    expect(origin.requests).toHaveLength(3);
  });

  test("that unpacks to far more than it is, is refused", async () => {
    const folder = await mkdtemp(join(tmpdir(), "warmfront-warm-"));
    const bomb = join(folder, "bomb.xml.gz");
    await writeFile(bomb, gzipSync(Buffer.alloc(60 * 2 ** 20)));
    await expect(list(readSitemap(bomb, NEVER))).rejects.toThrow("cannot be read");
    await expect(list(readSitemap(join(folder, "none.xml"), NEVER))).rejects.toThrow("ENOENT");
  });

  test("that does not end is given up", async () => {
    const server = createServer((_req, res) => void res.write("<urlset>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const ending = new AbortController();
    const reading = list(readSitemap(`http://127.0.0.1:${port}/`, ending.signal));
    setImmediate(() => ending.abort());
    await expect(reading).rejects.toThrow();
    server.closeAllConnections();
    server.close();
  });
});

describe("an access log", () => {
  const line = (request: string, status = 200) =>
    `192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "${request}" ${status} 2326`;

  test.each([
    [line("GET /a?b=c HTTP/1.1"), "/a?b=c"],
    [`${line("HEAD /a HTTP/2.0", 304)} "http://ref/" "agent \\"quoted\\""`, "/a"],
    [line("GET /a HTTP/1.1", 404), undefined],
    [line("GET /a HTTP/1.1", 500), undefined],
    [line("POST /a HTTP/1.1"), undefined],
    [line("\\x16\\x03\\x01", 400), undefined],
    ["rubbish", undefined],
  ])("line %j asks for %j", (text, target) => {
    expect(targetOfLine(text)).toBe(target);
  });

  test("tells what was asked most, first", async () => {
    async function* lines() {
      for (const path of ["/a", "/b", "/b", "/c", "/c", "/c"]) yield line(`GET ${path} HTTP/1.1`);
      yield "rubbish";
    }
    expect(await readAccessLog(lines())).toEqual({
      targets: ["/c", "/b", "/a"],
      lines: 7,
      passedOver: 1,
    });
  });
});

test("URLs of all kinds of sources come once each, in order, up to the limit", async () => {
  const folder = await mkdtemp(join(tmpdir(), "warmfront-warm-"));
  const [file, sitemap, log] = ["urls.txt.gz", "sitemap.xml", "access.log"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await writeFile(file, gzipSync("# comment\n/b\n\n /c \n"));
  await writeFile(sitemap, urlset("/c", "/d"));
  const entry = '- - - [x] "GET /e HTTP/1.1" 200 1\n';
  await writeFile(log, entry + entry + entry.replace("/e", "/f"));
  const sources = { urls: ["/a", "/a"], files: [file], sitemaps: [sitemap], accessLogs: [log] };
  const said: string[] = [];
  const collect = (limit: number) =>
    collectUrls({ ...sources, top: 1 }, limit, NEVER, (text) => said.push(text));
  expect(await collect(10)).toEqual(["/a", "/b", "/c", "/d", "/e"]);
  expect(said).toEqual([`${log}: 3 lines, 0 passed over, different URLs: 2`]);
  expect(await collect(2)).toEqual(["/a", "/b"]);
  const missing = { ...sources, files: [join(folder, "none")], top: 1 };
  await expect(collectUrls(missing, 9, NEVER, () => undefined)).rejects.toThrow("ENOENT");
});
