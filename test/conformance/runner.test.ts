import { type OutgoingHttpHeaders, type RequestListener, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Origin, startOrigin } from "./origin.ts";
import { report } from "./report.ts";
import { runConformance } from "./runner.ts";
import { loadSuite } from "./suite.ts";

const suite = await loadSuite();
let origin: Origin;

beforeEach(async () => {
  origin = await startOrigin(suite.origin);
});

afterEach(() => origin.close());

/** A cache that stores every response for good, whatever it says. */
function hoarder(upstream: string): RequestListener {
  const stored = new Map<string, { headers: OutgoingHttpHeaders; status: number; body: Buffer }>();
  return (incoming, outgoing) => {
    const { method, headers, url = "/" } = incoming;
    const hit = stored.get(url);
    if (hit) {
      outgoing.writeHead(hit.status, hit.headers).end(hit.body);
      return;
    }
    const forwarded = request(upstream + url, { method, headers }, async (response) => {
      const answer = {
        headers: response.headers,
        status: response.statusCode ?? 500,
        body: await buffer(response),
      };
      if (url.startsWith("/test/")) stored.set(url, answer);
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    });
    incoming.pipe(forwarded);
  };
}

test("the installed suite holds the cases for a shared cache", () => {
  const kinds = suite.cases.map((each) => each.kind ?? "required");
  expect(kinds.filter((kind) => kind === "required")).toHaveLength(157);
  expect(kinds.filter((kind) => kind === "optimal")).toHaveLength(86);
  expect(kinds.filter((kind) => kind === "check")).toHaveLength(86);
});

test("no cache at all never reuses a response", async () => {
  const ids = ["cc-resp-no-store", "cc-resp-no-store-fresh", "cc-resp-must-revalidate-fresh"];
  expect(await runConformance(suite, origin.url, ids)).toMatchObject([
    { id: "cc-resp-no-store", outcome: "pass" },
    { id: "cc-resp-no-store-fresh", outcome: "pass" },
    { outcome: "fail", message: "Response 2 does not come from cache" },
  ]);
});

test("a cache that stores what it must not fails, and again when it is run again", async () => {
  const cache = await startOrigin(hoarder(origin.url));
  const ids = ["cc-resp-no-store", "cc-resp-no-store-fresh", "cc-resp-must-revalidate-fresh"];
  const first = await runConformance(suite, cache.url, ids);
  const second = await runConformance(suite, cache.url, ids);
  await cache.close();

  expect(first).toMatchObject([
    { id: "cc-resp-no-store", outcome: "fail", message: "Response 2 comes from cache" },
    { id: "cc-resp-no-store-fresh", outcome: "dependency-fail" },
    { id: "cc-resp-must-revalidate-fresh", outcome: "pass" },
  ]);
  expect(second).toEqual(first);
  expect(report(first)).toContain("required 2 cases: 0 pass, 1 fail");
  expect(report(first)).toContain("required fail: cc-resp-no-store\n    Response 2 comes");
});

test("a cache that cannot be reached fails every case", async () => {
  await origin.close();
  const [verdict] = await runConformance(suite, origin.url, ["cc-resp-no-store"]);
  expect(verdict).toMatchObject({ outcome: "fail", message: expect.stringContaining("ECONN") });
});

test("a case that the suite does not have is refused", async () => {
  await expect(runConformance(suite, origin.url, ["no-such-case"])).rejects.toThrow(
    "no case no-such-case",
  );
});
