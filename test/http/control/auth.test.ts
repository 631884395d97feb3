import { expect, test } from "vitest";
import { startControl } from "./start.ts";

const TOKEN = "correct horse: battery";
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

test.each(["127.0.0.1", "localhost", "localhost:8889", "[::1]:1", "a.localhost"])(
  "without a token the control plane is open under the name %s",
  async (host) => {
    await using control = await startControl();
    expect(await control.ask("/", { headers: { host } })).toMatchObject({ status: 200 });
  },
);

test.each([
  "evil.example",
  "127.0.0.1.evil.example",
  "localhost.evil.example:8889",
  "10.0.0.1",
  "x@localhost",
])("without a token a request for the name %j is refused", async (host) => {
  await using control = await startControl();
  for (const path of ["/", "/board", "/board/api/queues", "/board/static/images/logo.svg"]) {
    const answer = await control.ask(path, { headers: { host } });
    expect(answer).toMatchObject({
      status: 403,
      headers: { "content-type": "application/problem+json" },
    });
    expect(JSON.parse(answer.body)).toMatchObject({ type: "urn:warmfront:problem:foreign-host" });
  }
});

test.each([
  ["as a Bearer token", "Bearer s3cret"],
  ["whatever the case of the scheme", "bEaReR s3cret"],
  ["as the password of any user", basic("anybody:s3cret")],
  ["as the password of no user", basic(":s3cret")],
])("the token is taken %s", async (_how, authorization) => {
  await using control = await startControl({ token: "s3cret" });
  expect(await control.ask("/", { headers: { authorization } })).toMatchObject({ status: 200 });
});

test("a token may hold a colon", async () => {
  await using control = await startControl({ token: TOKEN });
  const headers = { authorization: basic(`ops:${TOKEN}`) };
  expect(await control.ask("/board/api/queues", { headers })).toMatchObject({ status: 200 });
});

test.each([
  ["no credential", undefined],
  ["another token", "Bearer s3cre"],
  ["a longer token", "Bearer s3crets"],
  ["an empty token", "Bearer "],
  ["another password", basic("s3cret:other")],
  ["Basic without a colon", basic("s3cret")],
  ["Basic that is not base64", "Basic %%%"],
  ["another scheme", "Digest s3cret"],
  ["the bare token", "s3cret"],
])("with a token, %s is answered with 401 and both challenges", async (_what, authorization) => {
  await using control = await startControl({ token: "s3cret" });
  const headers = authorization === undefined ? {} : { authorization };
  for (const path of ["/", "/board", "/board/api/queues", "/board/static/images/logo.svg", "/x"]) {
    const answer = await control.ask(path, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers["www-authenticate"]).toMatch(/Bearer .*, Basic /);
    expect(answer.body).not.toContain("s3cret");
  }
});

test("with a token the host's name does not matter", async () => {
  await using control = await startControl({ token: "s3cret" });
  const headers = { host: "ops.example", authorization: "Bearer s3cret" };
  expect(await control.ask("/", { headers })).toMatchObject({ status: 200 });
});

test("ten wrong tokens of an address block it, the right token included; requests without one do not count", async () => {
  await using control = await startControl({ token: "s3cret" });
  for (let i = 0; i < 20; i++) expect((await control.ask("/")).status).toBe(401);
  const wrong = { headers: { authorization: "Bearer wrong" } };
  for (let i = 0; i < 10; i++) expect((await control.ask("/", wrong)).status).toBe(401);
  const right = { headers: { authorization: "Bearer s3cret" } };
  for (const ask of [wrong, right]) {
    const answer = await control.ask("/", ask);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(answer.headers["retry-after"])).toBeLessThanOrEqual(60);
  }
});

test("probes need no token and no loopback name", async () => {
  await using closed = await startControl({ token: "s3cret" });
  await using open = await startControl();
  for (const path of ["/livez", "/readyz"]) {
    expect(await closed.ask(path)).toMatchObject({ status: 200 });
    expect(await open.ask(path, { headers: { host: "pod.example" } })).toMatchObject({
      status: 200,
    });
  }
});
