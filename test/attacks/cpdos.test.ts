/** Requests made so that the source fails, in the hope that the failure is stored for all: oversized heads, meta characters, method overrides. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { startFront, testRoute } from "../helpers/front.ts";
import { head, sendRaw } from "../helpers/raw.ts";
import { stored } from "../helpers/stored.ts";

const PRESETS = ["api", "transparent"] as const;

/** A source that takes less than the front does: heads of 2 KiB, plain fields, and it obeys method overrides. */
async function startDelicate(errorFields: Record<string, string> = {}) {
  const server = createServer({ maxHeaderSize: 2_048 }, (req, res) => {
    const method = req.headers["x-http-method-override"] ?? req.headers["x-http-method"];
    const odd = req.rawHeaders.some((text) => /[^\x20-\x7e]/.test(text));
    if (odd) res.writeHead(400, errorFields).end("odd");
    else if (method !== undefined) res.writeHead(405, errorFields).end(`no ${method}`);
    else res.writeHead(200, { "Cache-Control": "max-age=60" }).end("good");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const FIELDS: Record<string, string> = {
  "an oversized unknown field": `X-Oversized: ${"x".repeat(6_000)}`,
  "an oversized Accept": `Accept: ${"x".repeat(6_000)}`,
  "an oversized Cookie": `Cookie: ${"x".repeat(6_000)}`,
  "many fields": Array.from({ length: 300 }, (_, i) => `X-Field-${i}: value`).join("\r\n"),
  "a bell": "X-Meta: a\x07b",
  "a NUL": "X-Meta: a\0b",
  "a line feed": "X-Meta: a\nb",
  "a carriage return": "X-Meta: a\rb",
  "a delete": "X-Meta: a\x7fb",
  "an octet that is no ASCII": "X-Meta: a\xffb",
  "one in Accept": "Accept: a\xffb",
  "a method override": "X-HTTP-Method-Override: POST",
  "another method override": "X-HTTP-Method: DELETE",
  "a field larger than the front takes": `X-Huge: ${"x".repeat(20_000)}`,
};

test.each(PRESETS)(
  "preset %s: whatever a stranger sends, the next clean request is answered 200",
  async (preset) => {
    await using delicate = await startDelicate();
    const freshnesses = ["origin", { freshForMs: 60_000 }] as const;
    for (const freshness of freshnesses) {
      await using front = await startFront({
        routes: [testRoute(delicate.url, { preset, freshness })],
      });
      for (const [i, [name, field]] of Object.entries(FIELDS).entries()) {
        await sendRaw(front.port, head(`GET /doc${i} HTTP/1.1`, field));
        expect({ name, status: (await front.ask(`/doc${i}`)).status }).toEqual({
          name,
          status: 200,
        });
        await sendRaw(front.port, head(`GET /doc${i} HTTP/1.1`, field));
        expect({ name, text: (await front.ask(`/doc${i}`)).text }).toEqual({ name, text: "good" });
      }
    }
  },
);

test("with preset api an error is not stored even if the source says that it may be", async () => {
  await using delicate = await startDelicate({ "Cache-Control": "public, max-age=60" });
  const forward = ["accept", "x-http-method-override"];
  await using front = await startFront({ routes: [testRoute(delicate.url, { forward })] });
  for (const field of ["Accept: a\xffb", "X-HTTP-Method-Override: POST"]) {
    await sendRaw(front.port, head("GET /doc HTTP/1.1", field));
    expect((await front.ask("/doc")).text).toBe("good");
  }
});

test("an error does not replace a good answer that has become stale", async () => {
  await using front = await startFront();
  const fields = { "Cache-Control": "max-age=1", ETag: '"v"' };
  front.origin.answers(
    { headers: fields, body: "good" },
    { status: 405, headers: fields },
    "again",
  );
  await stored(front, "/doc");
  front.advance(5_000);
  expect((await front.ask("/doc")).status).toBe(405);
  front.origin.answers({ status: 304, headers: fields });
  expect(await front.ask("/doc")).toMatchObject({ status: 200, text: "good" });
});
