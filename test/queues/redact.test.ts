import { expect, test } from "vitest";
import { SourceError } from "../../src/errors.ts";
import { redactDeep, redactError, redactText } from "../../src/queues/redact.ts";

test.each([
  ["GET /a/b?key=s3cret&x=1 failed", "GET /a/b?… failed"],
  ["http://user:s3cret@host/a?b", "http://[redacted]@host/a?…"],
  ["Authorization: Bearer s3cret", "Authorization: Bearer [redacted]"],
  ["sent Basic dXNlcjpzM2NyZXQ=", "sent Basic [redacted]"],
  ["sent ghp_0123456789abcdefghij there", "sent ghp_[redacted] there"],
  ["Cookie: a=s3cret; b=s3cret", "Cookie: [redacted]"],
  ["with MY_API_KEY=s3cret in it", "with MY_API_KEY=[redacted] in it"],
  ["wf1\0/a?s3cret\0v", "wf1\0/a?…\0v"],
  ['{"url":"/a?s3cret"}', '{"url":"/a?…"}'],
  ["Is it there? Yes.", "Is it there? Yes."],
  ["/npm/@types%2fnode", "/npm/@types%2fnode"],
])("the text %j becomes %j", (text, expected) => {
  expect(redactText(text)).toBe(expected);
});

test("a value is redacted in every text and in fields named like secrets, and keeps its form", () => {
  const value = {
    count: 3,
    none: null,
    list: ["/a?s3cret", { apiKey: "s3cret", tokens: { a: "s3cret" } }],
    key: "kept",
  };
  expect(redactDeep(value)).toEqual({
    count: 3,
    none: null,
    list: ["/a?…", { apiKey: "[redacted]", tokens: "[redacted]" }],
    key: "kept",
  });
});

test("an error keeps name, message and stack without secrets, and loses what hangs on it", () => {
  const error = Object.assign(new TypeError("cannot read /a?s3cret"), { request: "s3cret" });
  const redacted = redactError(error);
  expect(redacted).toMatchObject({ name: "TypeError", message: "cannot read /a?…" });
  expect(redacted.stack).toContain("redact.test");
  expect(redacted.stack).not.toContain("s3cret");
  expect(redacted).not.toHaveProperty("request");
});

test("what is thrown and is no error becomes one", () => {
  expect(redactError("Bearer s3cret")).toEqual(new Error("Bearer [redacted]"));
});

test("a stack begins with the name that its error has, also when its class gave it late", () => {
  const error = redactError(new SourceError("refused", "No connection."));
  expect(error.stack).toMatch(/^SourceError: No connection\.\n/);
  expect(redactError(new TypeError("x")).stack).toMatch(/^TypeError: x\n/);
});
