/** Many variants of one resource: who makes them up can neither fill the store nor get another's. */
import { createHash } from "node:crypto";
import { Redis } from "ioredis";
import { expect, test, vi } from "vitest";
import { ENTRY_PREFIX } from "../../src/redis/keys.ts";
import { startFront, type TestFront } from "../helpers/front.ts";
import { gate } from "../helpers/jobs.ts";
import { reflecting } from "./twins.ts";

/** Variants that are kept per resource. */
const MAX_VARIANTS = 64;

/** Stored values with their sizes, and all of their text. */
async function stored(front: TestFront): Promise<{ sizes: number[]; text: string }> {
  const client = new Redis(front.redis.url);
  const keys = await client.keys(`${ENTRY_PREFIX}*`);
  const values = await Promise.all(keys.map((key) => client.getBuffer(key)));
  client.disconnect();
  const buffers = values.filter((value) => value !== null);
  return {
    sizes: buffers.map(({ length }) => length).sort((a, b) => a - b),
    text: buffers.map((value) => value.toString("latin1")).join(),
  };
}

test.each([
  ["api", "Accept-Language", undefined],
  ["transparent", "X-Made-Up", "X-Made-Up"],
  ["transparent", "Cookie", "Cookie"],
] as const)(
  "preset %s: made-up values of %s are kept up to a number, and each asker gets its own",
  async (preset, name, vary) => {
    await using front = await startFront({ preset });
    front.origin.on(reflecting(vary));
    for (let i = 0; i < MAX_VARIANTS * 2; i++) {
      const answer = await front.ask("/doc", { headers: { [name]: `value-${i}` } });
      expect(answer.text).toContain(`value-${i}"`);
    }
    // What falls out of the index is removed behind the answer.
    await vi.waitFor(async () =>
      expect((await stored(front)).sizes.length).toBeLessThanOrEqual(MAX_VARIANTS + 1),
    );
  },
);

test("long values fill no index", async () => {
  await using front = await startFront({ preset: "transparent" });
  front.origin.on((_req, res) => {
    res.writeHead(200, { "Cache-Control": "max-age=60", Vary: "X-Long" }).end("short");
  });
  for (let i = 0; i < MAX_VARIANTS; i++)
    await front.ask("/doc", { headers: { "X-Long": `${i}`.padEnd(8_000, "x") } });
  const before = front.origin.requests.length;
  await front.ask("/doc", { headers: { "X-Long": "5".padEnd(8_000, "x") } });
  expect(front.origin.requests).toHaveLength(before);
  // The index is among them; each response holds the one value that it was chosen by.
  const { sizes } = await stored(front);
  expect(sizes).toHaveLength(MAX_VARIANTS + 1);
  expect(sizes.at(-1)).toBeLessThan(64 * 1024);
});

test.each(["api", "transparent"] as const)(
  "preset %s: an answer with Vary: * is never given again",
  async (preset) => {
    await using front = await startFront({ preset });
    for (const [i, vary] of ["*", "accept, *", "*, x", "**, *"].entries()) {
      front.origin.on(reflecting(vary));
      await front.ask(`/doc${i}`);
      await front.ask(`/doc${i}`);
    }
    expect(front.origin.requests).toHaveLength(8);
    expect((await stored(front)).sizes).toEqual([]);
  },
);

test("a Vary with hundreds of names is an answer for its asker alone", async () => {
  await using front = await startFront({ preset: "transparent" });
  const names = (count: number) => Array.from({ length: count }, (_, i) => `X-${i}`).join();
  front.origin.on(reflecting(names(1_000)));
  await front.ask("/many");
  await front.ask("/many");
  front.origin.on(reflecting(names(20)));
  await front.ask("/some");
  await front.ask("/some");
  expect(front.origin.requests.map(({ url }) => url)).toEqual(["/many", "/many", "/some"]);
});

test("neither keys nor indexes hold a cookie, and what looks like its digest is not taken for it", async () => {
  await using front = await startFront({ preset: "transparent" });
  front.origin.on((req, res) => {
    res.writeHead(200, { "Cache-Control": "max-age=60", Vary: "Cookie" });
    res.end(req.headers.cookie === "session=secret" ? "account" : "login");
  });
  await front.ask("/doc", { headers: { Cookie: "session=secret" } });
  for (const encoding of ["hex", "base64", "base64url"] as const) {
    const digest = createHash("sha256").update("session=secret").digest(encoding);
    for (const cookie of [digest, `session=${digest}`, `sha256:${digest}`])
      expect((await front.ask("/doc", { headers: { Cookie: cookie } })).text).toBe("login");
  }
  expect((await stored(front)).text).not.toContain("session=secret");
});

test("variants that are fetched at the same time are all kept", async () => {
  await using front = await startFront();
  const { open, opened } = gate();
  front.origin.on((req, res) => void opened.then(() => reflecting()(req, res)));
  const languages = ["de", "en", "fr", "it", "es"];
  const ask = (value: string) => front.ask("/doc", { headers: { "Accept-Language": value } });
  const first = languages.map(ask);
  await front.origin.received(languages.length);
  open();
  await Promise.all(first);
  for (const value of languages)
    expect((await ask(value)).text).toContain(`"accept-language","${value}"`);
  expect(front.origin.requests).toHaveLength(languages.length);
});

test("an answer that is still being written is given to no request of another variant", async () => {
  await using front = await startFront({ preset: "transparent" });
  const { open, opened } = gate();
  front.origin.on((req, res) => {
    if (req.headers.cookie === "session=alice")
      void opened.then(() => reflecting("Cookie")(req, res));
    else reflecting("Cookie")(req, res);
  });
  const alice = front.ask("/doc", { headers: { Cookie: "session=alice" } });
  await front.origin.received(1);
  front.redis.freeze();
  const bob = front.ask("/doc", { headers: { Cookie: "session=bob" } });
  const alsoAlice = front.ask("/doc", { headers: { Cookie: "session=alice" } });
  // Answered without the store, so that the two before it have been read.
  await front.ask("/a/../b", { method: "POST" });
  open();
  await alice;
  front.redis.thaw();
  expect((await bob).text).toContain("session=bob");
  expect((await alsoAlice).text).toContain("session=alice");
  expect(front.origin.requests).toHaveLength(2);
});

test("a language that one client made up answers no other", async () => {
  await using front = await startFront();
  front.origin.on((req, res) => {
    const language = req.headers["accept-language"];
    const fields = { "Cache-Control": "max-age=60", "Content-Language": "de" };
    res.writeHead(200, fields).end(`asked for ${language}`);
  });
  await front.ask("/doc", { headers: { "Accept-Language": "de, x-evil" } });
  const answer = await front.ask("/doc", { headers: { "Accept-Language": "de, en;q=0.5" } });
  expect(answer.text).toBe("asked for de,en;q=0.5");
});
