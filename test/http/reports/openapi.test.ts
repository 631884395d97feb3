import { expect, test } from "vitest";
import { z } from "zod";
import { type Client, createClient } from "../sign-in/start.ts";
import { storedReport } from "./reports.ts";
import { csrfOf, startWorld } from "./world.ts";

const API = "/api/reports/github/octocat";

type Operations = Record<
  string,
  { responses: Record<string, { content?: Record<string, { schema: { $ref: string } }> }> }
>;

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<string, Operations>;
  readonly components: { readonly schemas: Record<string, Parameters<typeof z.fromJSONSchema>[0]> };
}

/** The document as the site tells it, and what it says of an answer. */
async function documentOf(origin: string) {
  const response = await fetch(`${origin}/api/openapi.json`);
  const document = (await response.json()) as OpenApi;
  const operation = (path: string, method: string) => document.paths[path]?.[method];
  return {
    document,
    /** Fails unless the answer is one that the document knows, and in its form. */
    check(
      path: string,
      method: string,
      answer: { status: number; text: string; headers: Headers },
    ) {
      const known = operation(path, method)?.responses[answer.status];
      expect(known, `${method} ${path} ${answer.status}`).toBeDefined();
      const [type, media] = Object.entries(known?.content ?? {})[0] ?? [];
      if (media === undefined) return expect(answer.text).toBe("");
      expect(answer.headers.get("content-type")).toContain(type);
      const name = media.schema.$ref.split("/").at(-1) as string;
      const schema = z.fromJSONSchema(document.components.schemas[name] ?? false);
      expect(schema.safeParse(JSON.parse(answer.text)).error).toBeUndefined();
    },
  };
}

test("every answer of the API is one that its document tells of", async () => {
  await using world = await startWorld({ settings: { optOut: ["gone"] } });
  const { check, document } = await documentOf(world.origin);
  expect(document.openapi).toBe("3.1.1");
  const path = "/api/reports/github/{login}";
  const stranger = createClient(world.origin);
  const client: Client = await world.signIn();
  const csrf = await csrfOf(client);
  const start = { method: "POST", headers: { "x-csrf-token": csrf } };
  const statuses: number[] = [];
  const ask = async (method: string, of = client, target = API, init: RequestInit = {}) => {
    const answer = await of.ask(target, { method: method.toUpperCase(), ...init });
    check(path, method, answer);
    statuses.push(answer.status);
  };
  await ask("get", stranger);
  await ask("get", stranger, `${API}?since=x`);
  await ask("get", stranger, "/api/reports/github/gone");
  await ask("post", stranger);
  await ask("post", client);
  await ask("post", client, API, start);
  await ask("get", stranger);
  await ask("delete", client, "/api/reports/github/hubot", { headers: start.headers });
  world.store(storedReport("octocat"));
  await ask("get", stranger);
  await ask("delete", client, API, { headers: start.headers });
  expect(statuses).toEqual([404, 400, 410, 401, 403, 202, 202, 403, 200, 204]);
  check("/api/session", "get", await stranger.ask("/api/session"));
  check("/api/session", "get", await client.ask("/api/session"));
});

test("a report goes out as it is stored, with instants as text", async () => {
  await using world = await startWorld();
  const report = storedReport("octocat");
  world.store(report);
  const told = JSON.parse((await createClient(world.origin).ask(API)).text);
  expect(told).toMatchObject({
    stale: false,
    login: "octocat",
    madeAt: "2026-11-20T12:00:00.000Z",
    totals: report.totals,
    coverage: report.coverage,
  });
  expect(told.repositories[0].pulls[0]).toMatchObject({
    title: "Mend no. 1",
    createdAt: "2026-11-20T12:00:00.000Z",
  });
});
