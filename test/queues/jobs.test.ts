import { expect, test } from "vitest";
import { PayloadError, readPayload } from "../../src/queues/jobs.ts";

test("a payload with a route and a key is read as it is", () => {
  const payload = { route: "/npm/*", key: "wf1:e:{abc}" };
  expect(readPayload("refresh", payload)).toEqual(payload);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["a text", "s3cret"],
  ["a list", ["s3cret"]],
  ["no key", { route: "r" }],
  ["an empty key", { route: "r", key: "" }],
  ["an empty route", { route: "", key: "k" }],
  ["a key that is a number", { route: "r", key: 7 }],
  ["a route that is too long", { route: "r".repeat(1_025), key: "k" }],
  ["a field that does not belong there", { route: "r", key: "k", body: "s3cret" }],
  ["a polluting field", JSON.parse('{"route":"r","key":"k","__proto__":{"a":1}}')],
])("a payload that is %s is refused", (_what, data) => {
  expect(() => readPayload("refresh", data)).toThrow(PayloadError);
});

test("the refusal names the field and not its value", () => {
  const read = () => readPayload("refresh", { route: "r", key: 7, credential: "s3cret" });
  expect(read).toThrow(/key/);
  expect(read).not.toThrow(/s3cret/);
});

test("a payload of exactly 64 KiB is taken, and one of a byte more is refused", () => {
  const frame = JSON.stringify({ route: "r", key: "" }).length;
  const fits = "k".repeat(64 * 1_024 - frame);
  expect(readPayload("refresh", { route: "r", key: fits })).toMatchObject({ key: fits });
  const refused = () => readPayload("refresh", { route: "r", key: `${fits}k` });
  expect(refused).toThrow("65537 bytes");
});

test("the size of a payload is counted in bytes, not in characters", () => {
  expect(() => readPayload("refresh", { route: "r", key: "€".repeat(30_000) })).toThrow(/bytes/);
});

const REPORT = { login: "octo-cat", since: "2026-01-01", until: "2026-01-31", starIncrease: false };

test.each([
  ["a period", REPORT],
  ["all there is", { ...REPORT, since: "all" }],
  ["one day", { ...REPORT, since: REPORT.until }],
  ["a reference to a credential", { ...REPORT, credential: "sealed:abc" }],
  ["a login of 39 characters", { ...REPORT, login: "a".repeat(39) }],
])("a report over %s is read as it is", (_what, payload) => {
  expect(readPayload("report", payload)).toEqual(payload);
});

test.each([
  ["a login of 40 characters", { ...REPORT, login: "a".repeat(40) }],
  ["an empty login", { ...REPORT, login: "" }],
  ["a login that would leave its path", { ...REPORT, login: "../x" }],
  ["a day that is none", { ...REPORT, until: "2026-02-30" }],
  ["an instant in place of a day", { ...REPORT, until: "2026-01-31T00:00:00Z" }],
  ["a period that ends before it begins", { ...REPORT, since: "2026-02-01" }],
  ["a switch that is a text", { ...REPORT, starIncrease: "yes" }],
  ["an empty credential", { ...REPORT, credential: "" }],
  ["a token beside it", { ...REPORT, token: "s3cret" }],
])("a report with %s is refused", (_what, payload) => {
  expect(() => readPayload("report", payload)).toThrow(PayloadError);
});
