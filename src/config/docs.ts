/** The page `docs/configuration.md`, made from the schema so that it cannot lag behind. */
import { listSettings, type Setting } from "./settings.ts";

/** The whole page; `example` is a commented file to show. */
export function configurationDocs(example: string): string {
  return `${[introduction(), EXAMPLE(example), ...tables(), VARIABLES].join("\n\n")}\n`;
}

const introduction =
  () => `<!-- Made by \`warmfront config docs\`; change the schema in src/config instead. -->

# Configuration

Warmfront reads one YAML file: the one that \`--config\` names, else the one that \`WARMFRONT_CONFIG\` names, else \`warmfront.yaml\` in the
working folder. Only the last may be absent. Environment variables win over the file, and the file over the defaults. With neither file nor
variables there is one route: \`/npm/*\` to the npm registry that this machine's npm is set to.

| Command | |
|---|---|
| \`warmfront config check\` | all faults at once, each with file, line and what would be right; exit code 78 when there are any |
| \`warmfront config print\` | the effective settings, secrets blotted out; \`--origins\` says where each value is from |
| \`warmfront config schema\` | JSON Schema of the file, for editors |

**Words.** Durations: \`500ms\`, \`30s\`, \`5m\`, \`6h\`, \`120d\`, \`2w\`; only \`0\` needs no unit. Sizes: \`10kB\` is 10,000 bytes, \`10KiB\` is 10,240; MB, MiB, GB and
GiB likewise; a plain number is bytes. Shares: \`20%\`.

**References.** Any text in the file may hold \`\${NAME}\` or \`\${NAME:-fallback}\` for an environment variable, or be \`file:/path\` for the
trimmed contents of a file; relative paths start from the file's own folder. \`$\${\` is a plain \`\${\`. A variable that holds a secret can also be given as
a file: ${fileVariables().join(", ")}. Secrets are never printed, and messages never quote values.`;

const EXAMPLE = (example: string) => `## Example\n\n\`\`\`yaml\n${example.trim()}\n\`\`\``;

const VARIABLES = `## Other variables

| Variable | |
|---|---|
| \`WARMFRONT_CONFIG\` | the file to read |
| \`CACHISH_CONFIG_FILE\` | a file of cachish: its \`items\`, \`auth\`, \`cache_dir\` and \`log_config\` count as if they stood in the file, its items with \`mode: source\` and \`compat: true\`, and \`cache_dir\` is \`/var/cache/cachish\` unless it says otherwise |
| \`BACKEND_URL\` | instead of routes in a file: the API to front as the OpenCitations proxy did. \`/index/v1/*\`, \`/index/v2/*\` and \`/meta/v1/*\` are stored, everything else passes through; \`preview=true\` keeps away from the store; \`X-Redis-Cache\` is sent |
| \`BACKEND_HOST\`, \`BACKEND_PORT\` | the same in two parts; the port is 80 unless it is set |
| \`CACHE_TTL\` | how long those responses are fresh, in seconds; 10368000 (120 days) |
| \`MAX_BODY_CACHE\` | the largest body that is stored, in bytes; 52428800 (50 MiB) |
| \`REDIS_HOST\`, \`REDIS_PORT\` | \`redis.url\` in two parts, when nothing else sets it; 127.0.0.1 and 6379 |
| \`npm_config_registry\` | the registry of the default route, instead of asking npm |

An empty variable counts as absent. Variables that contradict each other or the routes of a file stop the start.`;

/** Those that name a file which holds a secret. */
function fileVariables(): string[] {
  const secrets = listSettings().filter(({ secret }) => secret !== undefined);
  return secrets.flatMap(({ env = [] }) => env.slice(0, 1).map((name) => `\`${name}_FILE\``));
}

/** A table for each group in the order of the schema, the settings without a group first. */
function tables(): string[] {
  const settings = listSettings().filter(isDocumented);
  const members = new Map<string, Setting[]>([["", []]]);
  for (const setting of settings.filter(({ group }) => !group)) {
    const parent = nameOf(setting.path.slice(0, -1));
    members.set(parent, [...(members.get(parent) ?? []), setting]);
  }
  return [...members].map(([name, rows]) => {
    const sentence = settings.find(({ path, group }) => group && nameOf(path) === name)?.sentence;
    const heading = name === "" ? "## Settings" : `### \`${name}\``;
    return [heading, ...(sentence ? [sentence] : []), table(rows)].join("\n\n");
  });
}

function table(settings: readonly Setting[]): string {
  return [
    "| Setting | Kind | Default | Environment | |",
    "|---|---|---|---|---|",
    ...settings.map(row),
  ].join("\n");
}

/** The Redis settings have the same forms, and one setting can stand in two of them. */
function isDocumented({ path }: Setting, i: number, all: readonly Setting[]): boolean {
  const name = nameOf(path);
  return (
    !/^(?:redis\.cache_url|reap\.pages\.redis)\./.test(name) &&
    all.findIndex((other) => nameOf(other.path) === name) === i
  );
}

function row(setting: Setting): string {
  const variables = (setting.env ?? []).map(code).join(", ");
  const cells = [
    code(setting.path.at(-1) ?? ""),
    setting.type ?? "",
    defaultOf(setting),
    variables,
    setting.sentence ?? "",
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function defaultOf({ standard, fallback, required }: Setting): string {
  if (fallback !== undefined) return fallback;
  if (required) return "required";
  // Groups and lists that have a default have an empty one.
  return standard === undefined || typeof standard === "object" ? "none" : code(String(standard));
}

function code(text: string): string {
  return `\`${text}\``;
}

/** `routes[].source.url` */
function nameOf(path: readonly string[]): string {
  return path.join(".").replaceAll(".[]", "[]");
}
