/** Rules about settings together. They read what is given as far as it can be read, so that their faults come with all others. */
import { z } from "zod";
import { sharedTokens } from "./client-checks.ts";
import { controlFaults } from "./control-checks.ts";
import type { SettingFault } from "./faults.ts";

const text = z.string().optional().catch(undefined);
const route = z
  .object({
    path: text,
    name: text,
    preset: text,
    source: z.object({ strip_prefix: text }).catch({ strip_prefix: undefined }),
    headers: z.object({ forward: z.unknown() }).catch({ forward: undefined }),
  })
  .partial()
  .catch({});
const listener = z
  .looseObject({ port: z.coerce.number().optional().catch(undefined) })
  .partial()
  .catch({});
const reaper = z
  .object({
    schedule: text,
    pages: z.object({ redis: z.unknown() }).partial().catch({}).prefault({}),
    forge: z.object({ host: z.unknown() }).partial().catch({}).prefault({}),
  })
  .catch({ schedule: undefined, pages: {}, forge: {} });
/** As much of the settings as these rules need, from a tree that may hold anything. */
const outline = z
  .object({
    listen: listener.prefault({}),
    control: listener.prefault({}),
    routes: z.array(route).optional().catch(undefined),
    items: z.record(z.string(), z.unknown()).catch({}),
    auth: z.unknown().optional(),
    reap: reaper.prefault({}),
  })
  .catch({
    ...{ listen: {}, control: {}, routes: undefined, items: {}, auth: undefined },
    reap: { schedule: undefined, pages: {}, forge: {} },
  });

type Outline = z.output<typeof outline>;

export function crossFaults(tree: unknown): SettingFault[] {
  const settings = outline.parse(tree);
  const { routes = [] } = settings;
  return [
    ...controlFaults(settings.control),
    ...listenerFaults(settings),
    ...sharedTokens(settings.auth),
    ...reaperFaults(settings.reap),
    ...(settings.routes?.length === 0 && Object.keys(settings.items).length === 0
      ? [{ path: ["routes"], message: "must hold at least one route" }]
      : []),
    ...repeated(
      routes.map(({ path }) => path),
      "path",
      "has the same path",
    ),
    ...repeated(
      routes.map(({ name }) => name),
      "name",
      "has the same name",
    ),
    ...routes.flatMap(routeFaults),
  ];
}

/** A schedule of runs that could not begin would never be missed. */
function reaperFaults({ schedule, pages, forge }: Outline["reap"]): SettingFault[] {
  if (schedule === undefined) return [];
  const lacks = (path: readonly string[], variable: string) => ({
    path: ["reap", ...path],
    message: `is missing, and reap.schedule needs it: give it here or as ${variable}, or leave out reap.schedule`,
  });
  return [
    ...(pages.redis === undefined ? [lacks(["pages", "redis"], "PAGES_REDIS_URL")] : []),
    ...(forge.host === undefined ? [lacks(["forge", "host"], "FORGEJO_HOST")] : []),
  ];
}

function listenerFaults({ listen, control }: Outline): SettingFault[] {
  const faults: SettingFault[] = [];
  const port = listen.port ?? 8888;
  if (port !== 0 && port === (control.port ?? 8889))
    faults.push({
      path: control.port === undefined ? ["listen", "port"] : ["control", "port"],
      message: "must differ: listen.port and control.port are the same",
    });
  return faults;
}

function repeated(values: readonly (string | undefined)[], setting: string, message: string) {
  return values.flatMap((value, i) => {
    const first = values.indexOf(value);
    if (value === undefined || first === i) return [];
    return [
      { path: ["routes", i, setting], message: `must be unique: routes[${first}] ${message}` },
    ];
  });
}

type RouteOutline = NonNullable<Outline["routes"]>[number];

function routeFaults({ path, preset, source, headers }: RouteOutline, i: number) {
  const faults: SettingFault[] = [];
  if (preset === "transparent" && headers?.forward !== undefined)
    faults.push({
      path: ["routes", i, "headers", "forward"],
      message:
        "has no effect with preset transparent, which forwards every field: remove it, or use preset api",
    });
  const prefix = source?.strip_prefix;
  if (path?.startsWith("/") && prefix !== undefined && !isBelow(path, prefix))
    faults.push({
      path: ["routes", i, "source", "strip_prefix"],
      message: "must be the beginning of the route's path, in whole segments",
    });
  return faults;
}

/** Whether every request that `path` matches begins with `prefix` and goes on with a slash or ends. */
function isBelow(path: string, prefix: string): boolean {
  const segments = prefix.replace(/\/+$/, "");
  return path === segments || path.startsWith(`${segments}/`);
}
