import type { IncomingMessage, ServerResponse } from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createRequestLog, startNote } from "../../src/http/note.ts";
import { createLogger } from "../../src/logger.ts";

function collect() {
  const lines: string[] = [];
  const destination = { write: (text: string) => void lines.push(...text.trimEnd().split("\n")) };
  const logger = createLogger({ level: "info", pretty: false, destination });
  return { log: createRequestLog(logger), lines };
}

function request(url: string, rawHeaders: string[] = []) {
  return { method: "GET", url, rawHeaders } as unknown as IncomingMessage;
}

const answered = { statusCode: 200, writableEnded: true, writableFinished: true } as ServerResponse;

/** Enough lines that they are handed on at once. */
function logMany(
  log: ReturnType<typeof createRequestLog>,
  url: string,
  route: string,
  detail?: string,
) {
  for (let i = 0; i < 64; i++) {
    const note = { ...startNote(request(url)), route, outcome: "hit", ageMs: 1_500, bytes: 10 };
    log(request(url), answered, detail === undefined ? note : { ...note, detail });
  }
}

test("a request is one line of JSON with who, what, how, how old, how large and how long", () => {
  const { log, lines } = collect();
  logMany(log, "/a/b?token=s3cret", "/a/*");
  expect(JSON.parse(lines[0] as string)).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    id: expect.any(String),
    method: "GET",
    path: "/a/b",
    route: "/a/*",
    status: 200,
    outcome: "hit",
    ageMs: 1_500,
    bytes: 10,
    ms: expect.any(Number),
  });
  expect(lines.join()).not.toContain("s3cret");
});

test("the time is that of the line, to the millisecond", () => {
  const { log, lines } = collect();
  const before = Date.now();
  logMany(log, "/a", "/a");
  const times = lines.map((line) => Date.parse((JSON.parse(line) as { time: string }).time));
  expect(Math.min(...times)).toBeGreaterThanOrEqual(before);
  expect(Math.max(...times)).toBeLessThanOrEqual(Date.now());
});

test("whatever stands in a path, a route or a detail, every line stays one line of JSON", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, detail) => {
      const { log, lines } = collect();
      logMany(log, `/${text.replaceAll("?", "")}`, text, detail);
      for (const line of lines)
        expect(JSON.parse(line)).toMatchObject({ route: text, outcome: "hit" });
    }),
    { numRuns: 200 },
  );
});

test("a client's own request id is kept when it is a plain one, and replaced when it is not", () => {
  expect(startNote(request("/", ["X-Request-Id", "abc-1.2_3"])).id).toBe("abc-1.2_3");
  for (const id of ['a"b', "a\nb", "", "a".repeat(65)]) {
    expect(startNote(request("/", ["X-Request-Id", id])).id).toMatch(/^[a-z0-9]+-[a-z0-9]+$/);
  }
});
