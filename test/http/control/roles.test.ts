import { createHash } from "node:crypto";
import { Router } from "express";
import { expect, test } from "vitest";
import type { Role } from "../../../src/config/control.ts";
import { whoOf } from "../../../src/http/control/who.ts";
import { startControl } from "./start.ts";

const digest = (token: string) => createHash("sha256").update(token).digest();
const OPERATORS = (["viewer", "operator", "admin"] as const).map((role) => ({
  ...{ name: `the-${role}`, role, digest: digest(`token-of-${role}`) },
}));
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (user: string, token: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`,
});

/** A part that tells who asked. */
function part(role?: () => Role) {
  const router = Router();
  router.all("/", (req, res) => void res.json({ who: whoOf(req) }));
  return {
    ...{ path: "/part", title: "Part", about: "A part.", router },
    ...(role !== undefined && { role }),
  };
}

test.each<[Role, string, number]>([
  ["viewer", "GET", 200],
  ["viewer", "POST", 403],
  ["viewer", "DELETE", 403],
  ["viewer", "PROPFIND", 403],
  ["operator", "GET", 200],
  ["operator", "POST", 200],
  ["admin", "POST", 200],
])("a part that says nothing of roles answers a %s's %s with %i", async (role, method, status) => {
  await using control = await startControl({ operators: OPERATORS, parts: [part()] });
  const headers = bearer(`token-of-${role}`);
  const answer = await control.ask("/part", { method, headers });
  expect(answer.status).toBe(status);
  if (status === 403)
    expect(JSON.parse(answer.body)).toMatchObject({
      type: "urn:warmfront:problem:role-missing",
      detail: "This needs the role operator, and you have the role viewer.",
    });
});

test("a part may ask for more, or for less", async () => {
  for (const [role, asked, status] of [
    ["operator", "admin", 403],
    ["admin", "admin", 200],
    ["viewer", "viewer", 200],
  ] as const) {
    await using control = await startControl({
      ...{ operators: OPERATORS, parts: [part(() => asked)] },
    });
    const headers = bearer(`token-of-${role}`);
    expect((await control.ask("/part", { method: "POST", headers })).status).toBe(status);
  }
});

test("the name of a token is who it was, whatever name comes with it", async () => {
  await using control = await startControl({ operators: OPERATORS, parts: [part()] });
  for (const headers of [bearer("token-of-viewer"), basic("boss", "token-of-viewer")]) {
    const { body } = await control.ask("/part", { headers });
    expect(JSON.parse(body).who).toBe("the-viewer from 127.0.0.1");
  }
});

test("the one token stays an admin's beside others, under the name that comes with it", async () => {
  await using control = await startControl({
    ...{ token: "s3cret", operators: OPERATORS, parts: [part(() => "admin")] },
  });
  const answer = await control.ask("/part", { method: "POST", headers: basic("ops", "s3cret") });
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body).who).toBe("ops from 127.0.0.1");
});

test("with tokens nobody comes in without one, also from this machine", async () => {
  await using control = await startControl({ operators: OPERATORS, parts: [part()] });
  for (const headers of [{}, bearer("token-of-nobody"), bearer("the-admin"), bearer("")])
    expect((await control.ask("/part", { headers })).status).toBe(401);
  expect((await control.ask("/livez")).status).toBe(200);
});

test("without any token whoever comes from this machine is an admin", async () => {
  await using control = await startControl({ parts: [part(() => "admin")] });
  expect((await control.ask("/part", { method: "POST" })).status).toBe(200);
});

test("a role does not help against the guard of origins", async () => {
  await using control = await startControl({ operators: OPERATORS, parts: [part()] });
  const headers = { ...basic("x", "token-of-admin"), origin: "http://evil.example" };
  expect((await control.ask("/part", { method: "POST", headers })).status).toBe(403);
});
