import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { listSettings } from "../src/config/settings.ts";
import { configOf } from "./helpers/configuration.ts";

const read = (file: string) => readFileSync(new URL(`../deploy/${file}`, import.meta.url), "utf8");
const documents = (file: string) =>
  parseAllDocuments(read(file)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS();
  });

const DOCKERFILE = read("Dockerfile");
const COMPOSE = parse(read("compose.yaml"), { merge: true });
const UNIT = read("systemd/warmfront.service");
const MANIFESTS = ["kubernetes/warmfront.yaml", "kubernetes/redis.yaml"].flatMap(documents);
const containers: Container[] = MANIFESTS.flatMap(
  ({ spec }) => spec?.template?.spec.containers ?? [],
);

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string }[];
}

test("every variable of the deployments is one that Warmfront reads", () => {
  const known = listSettings().flatMap(({ env = [], secret }) =>
    env.flatMap((name) => (secret === undefined ? [name] : [name, `${name}_FILE`])),
  );
  const used = [
    ...Object.keys(COMPOSE.services.web.environment),
    ...Object.keys(COMPOSE.services.worker.environment),
    ...[...UNIT.matchAll(/^Environment=(\w+)=/gm)].map(([, name]) => name),
    ...containers.flatMap(({ env = [] }) => env.map(({ name }) => name)),
  ];
  expect(used.length).toBeGreaterThan(8);
  expect([...known, "WARMFRONT_CONFIG", "NODE_ENV"]).toEqual(expect.arrayContaining(used));
});

test("every program of the deployments is one that the build makes", () => {
  const lines = [
    DOCKERFILE,
    UNIT,
    ...[COMPOSE.services.web, COMPOSE.services.worker, ...containers].map(({ command = [] }) =>
      command.join(" "),
    ),
  ];
  const programs = lines.flatMap((line) => line.match(/dist\/\w+\.js/g) ?? []);
  expect(new Set(programs)).toEqual(new Set(["dist/web.js", "dist/worker.js", "dist/main.js"]));
  for (const program of programs) {
    const source = program.replace("dist", "../src").replace(".js", ".ts");
    expect(existsSync(new URL(source, import.meta.url))).toBe(true);
  }
});

test("every file that the image is made of is there, and is let into its build", () => {
  const [, files = ""] = /^COPY (package\.json .*) \.\/$/m.exec(DOCKERFILE) ?? [];
  const sources = [...files.split(" "), "src", "public"];
  expect(sources).toContain("package-lock.json");
  for (const file of sources) expect(existsSync(new URL(`../${file}`, import.meta.url))).toBe(true);
  const allowed = read("Dockerfile.dockerignore").match(/(?<=^!).+$/gm);
  expect(allowed).toEqual(sources);
});

test("the stores are set up for their roles: jobs stay, responses may go", () => {
  const { queue, cache } = COMPOSE.services;
  const argsOf = (name: string) =>
    containers[containers.findIndex(({ args }) => args?.includes(name))]?.args;
  for (const command of [queue.command, argsOf("noeviction")])
    expect(command.join(" ")).toContain("--maxmemory-policy noeviction --appendonly yes");
  for (const command of [cache.command, argsOf("allkeys-lfu")])
    expect(command.join(" ")).toContain("--maxmemory 256mb --maxmemory-policy allkeys-lfu");
});

test("a stop has more time than a drain takes, and what a person must mend is not tried again", async () => {
  const { drainMs } = await configOf({ env: { BACKEND_URL: "http://127.0.0.1:9000" } });
  const seconds = [
    Number.parseInt(COMPOSE.services.web.stop_grace_period, 10),
    Number(/^TimeoutStopSec=(\d+)$/m.exec(UNIT)?.[1]),
    ...MANIFESTS.flatMap(({ spec }) => spec?.template?.spec.terminationGracePeriodSeconds ?? []),
  ];
  expect(seconds).toHaveLength(4);
  for (const limit of seconds) expect(limit * 1_000).toBeGreaterThan(drainMs);
  expect(UNIT).toMatch(/^KillMode=mixed$/m);
  expect(UNIT).toMatch(/^RestartPreventExitStatus=78$/m);
});

test("the configuration in the manifests is valid", async () => {
  const { data } = MANIFESTS.find(({ kind }) => kind === "ConfigMap");
  const config = await configOf({ yaml: data["warmfront.yaml"] });
  expect(config.routes.map(({ path }) => path)).toEqual(["/index/v1/*"]);
});
