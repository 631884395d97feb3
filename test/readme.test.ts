import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { listSettings } from "../src/config/settings.ts";
import { type FreshClone, freshClone } from "./helpers/fresh-clone.ts";
import { startOrigin } from "./helpers/origin.ts";
import { startRedis } from "./helpers/redis.ts";

vi.setConfig({ testTimeout: 180_000 });

const README = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** Ports that are free, whatever else runs on this machine. */
const ANY_PORTS = { LISTEN_PORT: "0", CONTROL_PORT: "0" };

test("every command of the README works in a fresh clone, in its order, and prints what is shown", async () => {
  await using clone = await freshClone();
  await using registry = await startRegistry();
  // What script/server does first. The packages come from the registry of this machine, not from the one that is fronted.
  await succeeds(clone, "script/bootstrap");
  const [first, ...rest] = commandsOf(README);
  expect(first?.line).toBe("script/server");
  const env = { npm_config_registry: `${registry.url}/` };
  await using server = clone.background("script/server", { ...env, ...ANY_PORTS });
  const ports = { 8888: await portOf(server, "Data"), 8889: await portOf(server, "Control") };
  const here = (text: string) =>
    text.replace(
      /localhost:(8888|8889)/g,
      (_, port) => `localhost:${ports[port as keyof typeof ports]}`,
    );
  for (const { line, yaml, shown } of rest) {
    if (yaml !== undefined) writeFileSync(join(clone.path, "warmfront.yaml"), yaml);
    // It would run this very test.
    if (line === "script/test") continue;
    const output = await succeeds(clone, here(line), env);
    if (shown !== undefined) expect(numberless(output)).toBe(numberless(shown));
  }
  for (const url of README.match(/http:\/\/localhost:[\w/]+/g) ?? []) {
    const { status } = await fetch(here(url));
    expect({ url, status }).toEqual({ url, status: 200 });
  }
  expect(rest.map(({ line }) => line)).toContain("script/test");
});

test("npm ci && npm start works where a Redis is, and so do the lines of the Procfile", async () => {
  await using clone = await freshClone();
  await using redis = await startRedis();
  await using registry = await startRegistry();
  expect(README).toContain("`npm ci && npm start`");
  await succeeds(clone, "npm ci");
  const env = { ...ANY_PORTS, REDIS_URL: redis.url, npm_config_registry: `${registry.url}/` };
  await using server = clone.background("npm start", env);
  await serves(await portOf(server, "Data"));
  await server.stop();
  expect(await server.logged(({ msg }) => msg === "Stopped warmfront")).toMatchObject({
    exitCode: 0,
  });
  const [web, worker, ...more] = procfile(clone);
  expect(more).toEqual([]);
  await using _worker = clone.background(worker ?? "", env);
  await using started = clone.background(web ?? "", env);
  await serves(await portOf(started, "Data"));
});

test("each row of the README's table names settings and variables that exist", () => {
  const settings = listSettings();
  const rows = [...README.matchAll(/^\| (`.*?) \| (`.*?) \| .* \|.*\|$/gm)];
  expect(rows.length).toBeGreaterThan(5);
  for (const [, names, variables] of rows) {
    const rowSettings = quoted(names).map((name) =>
      settings.find(({ path }) => path.join(".") === name),
    );
    expect(rowSettings).not.toContain(undefined);
    expect(quoted(variables)).toEqual(rowSettings.flatMap((setting) => setting?.env ?? []));
  }
});

/** A registry that knows one package. */
async function startRegistry() {
  const registry = await startOrigin();
  const body = JSON.stringify({ name: "express", versions: {} });
  registry.on((req, res) => {
    if (req.url !== "/express") return void res.writeHead(404).end();
    res.writeHead(200, { "Content-Type": "application/json", ETag: '"1"' }).end(body);
  });
  return registry;
}

/** Runs a line that must end well. Resolves with what it printed. */
async function succeeds(clone: FreshClone, line: string, env = {}): Promise<string> {
  const { code, output, errors } = await clone.sh(line, env);
  expect(code, `${line}:\n${output}${errors}`).toBe(0);
  return output;
}

interface Command {
  readonly line: string;
  /** The configuration shown before it. */
  readonly yaml?: string;
  /** The output shown behind it. */
  readonly shown?: string;
}

/** The commands of a page, a line each, in its order. */
function commandsOf(page: string): Command[] {
  const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, kind, text]) => ({
    kind,
    text: text as string,
  }));
  return blocks.flatMap(({ kind, text }, i) => {
    if (kind !== "sh") return [];
    const [before, after] = [blocks[i - 1], blocks[i + 1]];
    return {
      line: text.trim(),
      ...(before?.kind === "yaml" && { yaml: before.text }),
      ...(after?.kind === "" && { shown: after.text }),
    };
  });
}

/** Numbers differ from run to run. */
function numberless(text: string): string {
  return text.replaceAll("\r", "").replace(/\d+/g, "N").trim();
}

async function portOf(
  process: Pick<ReturnType<FreshClone["background"]>, "logged">,
  plane: string,
) {
  const { msg } = await process.logged((line) => line.msg?.startsWith(`${plane} plane: `) === true);
  return Number(msg?.split(":").at(-1));
}

async function serves(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/npm/express`);
  expect(await answer.json()).toMatchObject({ name: "express" });
}

/** The commands of `web` and `worker`. */
function procfile(clone: FreshClone): string[] {
  const lines = readFileSync(join(clone.path, "Procfile"), "utf8").trim().split("\n");
  expect(lines.map((line) => line.split(": ")[0])).toEqual(["web", "worker"]);
  return lines.map((line) => line.slice(line.indexOf(": ") + 2));
}

function quoted(cell = ""): string[] {
  return [...cell.matchAll(/`(.*?)`/g)].map(([, text]) => text as string);
}
