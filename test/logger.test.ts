import { expect, test } from "vitest";
import { createLogger, redact } from "../src/logger.ts";

function collect(options: { level?: "info" | "warn"; pretty?: boolean } = {}) {
  const lines: string[] = [];
  const logger = createLogger({
    level: options.level ?? "info",
    pretty: options.pretty ?? false,
    destination: { write: (line: string) => void lines.push(line) },
  });
  return { logger, lines };
}

test("a line is one JSON object with time, level and message", () => {
  const { logger, lines } = collect();
  logger.child({ part: "web" }).info({ port: 8888 }, "Listening");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toEqual({
    level: "info",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    part: "web",
    port: 8888,
    msg: "Listening",
  });
});

test("lines below the level are not written", () => {
  const { logger, lines } = collect({ level: "warn" });
  logger.info("quiet");
  logger.warn("loud");
  expect(lines).toHaveLength(1);
});

test("on a terminal a line is text, with its secrets blotted out too", () => {
  const { logger, lines } = collect({ pretty: true });
  logger.info({ token: "s3cret" }, "Connected to redis://user:s3cret@localhost");
  expect(lines.join("")).toContain("Connected to redis://[redacted]@localhost");
  expect(lines.join("")).not.toContain("s3cret");
  expect(() => JSON.parse(lines.join(""))).toThrow();
});

test.each([
  ["a field of a request", { headers: { Authorization: "Bearer s3cret", cookie: "id=s3cret" } }],
  ["a field with several values", { headers: { "set-cookie": ["a=s3cret", "b=s3cret"] } }],
  ["a setting, however deep", { a: { b: { c: { controlToken: "s3cret", apiKey: "s3cret" } } } }],
  ["a value with quotes in it", { password: 'x"s3cret' }],
  ["the userinfo of a URL", { url: "redis://:s3cret@host:6379/1" }],
  ["a password with an at sign", { url: "redis://user:p@s3cret@host" }],
  ["a credential inside a text", { note: "sent Basic s3cret== to it" }],
  ["a query parameter", { url: "/a?access_token=s3cret&b=1" }],
  ["an error's message", { err: new Error("cannot reach redis://u:s3cret@host") }],
  ["an error's cause", { err: new Error("x", { cause: new Error("Bearer s3cret") }) }],
  [
    "the command of a client's error",
    { err: Object.assign(new Error("ERR"), { command: { name: "auth", args: ["s3cret"] } }) },
  ],
])("%s is not written when it is secret", (_where, fields) => {
  const { logger, lines } = collect();
  logger.info(fields, "x");
  expect(lines[0]).not.toContain("s3cret");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ msg: "x" });
});

test("an error keeps its type, code, message, stack and cause", () => {
  const { logger, lines } = collect();
  const cause = new TypeError("no route");
  logger.error({ err: Object.assign(new Error("failed", { cause }), { code: "EHOST" }) });
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    err: {
      type: "Error",
      message: "failed",
      code: "EHOST",
      stack: expect.stringContaining("logger.test"),
      cause: { type: "TypeError", message: "no route" },
    },
  });
});

test.each([
  '{"url":"https://host/@scope%2fname?page=2","tokens":3,"msg":"a token is a word"}',
  '{"keys":["a","b"],"email":"someone@example.org","path":"/npm/@types/node"}',
])("a line without a secret is left as it is: %s", (line) => {
  expect(redact(line)).toBe(line);
});

test.each(["?", "?a", "@://", "cookie:", "a-", "token=", '"token":', "ghp_", "bearer "])(
  "a line of a million characters is read in one go, whatever a client repeats in it: %s",
  (part) => {
    const line = `token://${part.repeat(1_000_000 / part.length)}`;
    expect(redact(line).slice(0, 6)).toBe("token:");
  },
);
