/** Request fields that change a source's answer without being part of its key: cache poisoning. */
import { expect, test } from "vitest";
import { HEADER_NAMES } from "../fixtures/header-names.ts";
import { configOf } from "../helpers/configuration.ts";
import { startFront } from "../helpers/front.ts";
import { head, oneResponse, sendRaw } from "../helpers/raw.ts";
import { reflecting, startTwins } from "./twins.ts";

const MARKER = "poisoned-by-a-stranger";

/** Every name with a path of its own, a few at a time. */
async function forEachName(check: (name: string, path: string) => Promise<void>): Promise<void> {
  for (let i = 0; i < HEADER_NAMES.length; i += 20) {
    const names = HEADER_NAMES.slice(i, i + 20);
    await Promise.all(names.map((name) => check(name, `/by/${name}`)));
  }
}

test.each([
  ["the source's own freshness", { freshness: "origin" }],
  ["fixed freshness", { freshness: { freshForMs: 60_000 } }],
] as const)(
  "with preset api no field of a stranger comes back to others: %s",
  async (_, options) => {
    expect(HEADER_NAMES.length).toBeGreaterThan(400);
    await using front = await startFront(options);
    front.origin.on(reflecting());
    await forEachName(async (name, path) => {
      await sendRaw(front.port, head(`GET ${path} HTTP/1.1`, `${name}: ${MARKER}`));
      const clean = await front.ask(path);
      expect(clean.status, name).toBe(200);
      expect(clean.rawHeaders.join() + clean.text, name).not.toContain(MARKER);
    });
  },
);

test("a field that says nothing to the source neither misses nor spoils the stored answer", async () => {
  await using front = await startFront();
  front.origin.on(reflecting());
  const clean = await front.ask("/doc");
  for (const name of ["X-Forwarded-Host", "X-Original-URL", "User-Agent", "Content-Type"]) {
    const marked = await front.ask("/doc", { headers: { [name]: MARKER } });
    expect(marked.text, name).toBe(clean.text);
  }
  expect(front.origin.requests).toHaveLength(1);
});

test("with preset api the same fields in another order, case or number of lines are one answer", async () => {
  await using front = await startFront();
  front.origin.on(reflecting());
  const forms = [
    ["Accept: a/b", "Accept-Language: de"],
    ["accept-language: de", "ACCEPT: a/b"],
    ["Accept:   a/b  ", "Accept-Language: de", "User-Agent: another"],
  ];
  for (const lines of forms) {
    await sendRaw(front.port, head("GET /doc HTTP/1.1", ...lines), { until: oneResponse });
  }
  expect(front.origin.requests).toHaveLength(1);
});

test("no two spellings of a field share an answer unless the source is sent the same", async () => {
  const spellings = ["a,b", "a, b", "a , b", "A,b", '"a,b"', '"a, b"', "a,,b", "", "a;b", "b,a"];
  const key = { query: { mode: "all" }, fields: ["x-tenant"] } as const;
  await using twins = await startTwins({ key });
  for (const name of ["X-Tenant", "Accept", "Accept-Language", "Accept-Encoding"]) {
    for (const value of spellings) {
      const asked = { headers: { [name]: value } };
      const stored = await twins.storing.ask("/doc", asked);
      expect(stored.text, `${name}: ${value}`).toBe((await twins.asking.ask("/doc", asked)).text);
    }
  }
});

test("a list of languages is one answer however it is written", async () => {
  await using front = await startFront();
  front.origin.on(reflecting());
  for (const value of ["de, en;q=0.5", "DE,en; q=0.500", "en;q=.5, de", "en;q=0.5,de;q=1.0"]) {
    await front.ask("/doc", { headers: { "Accept-Language": value } });
  }
  // The third is malformed.
  expect(front.origin.requests).toHaveLength(2);
});

test("with preset transparent a source that names no field in Vary answers for all who ask, as RFC 9111 says", async () => {
  await using front = await startFront({ preset: "transparent" });
  front.origin.on(reflecting());
  await front.ask("/doc", { headers: { "X-Forwarded-Host": MARKER } });
  expect((await front.ask("/doc")).text).toContain(MARKER);
  expect(front.origin.requests).toHaveLength(1);
});

test("with preset transparent a field that Vary names is kept apart", async () => {
  await using front = await startFront({ preset: "transparent" });
  front.origin.on(reflecting("X-Forwarded-Host"));
  await front.ask("/doc", { headers: { "X-Forwarded-Host": MARKER } });
  expect((await front.ask("/doc")).text).not.toContain(MARKER);
  expect(front.origin.requests).toHaveLength(2);
});

test("a route that names no preset is an api", async () => {
  const yaml = "routes: [{ path: /*, source: { url: http://127.0.0.1:9000 } }]";
  const { routes } = await configOf({ yaml });
  expect(routes).toMatchObject([{ preset: "api", clientCacheControl: "ignore" }]);
  expect(routes[0]?.forward).not.toContain("cookie");
});
