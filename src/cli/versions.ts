import { type Command, InvalidArgumentError } from "commander";
import type { AuditRecord } from "../cache/audit.ts";
import type { VersionDiff } from "../cache/version-diff.ts";
import { askControl, type ControlOptions, withControlOptions } from "./control.ts";
import { collectOption } from "./options.ts";
import { printJson, printLines, table } from "./printing.ts";

interface VersionsOptions extends ControlOptions {
  readonly header?: readonly string[];
}

const USAGE = `
Actions:
  list               the versions kept, the newest first (what happens without an action)
  diff <a> [b]       what changed between two of them; b is \`current\` when absent
  rollback <id>      make one the stored response again, fresh by its route's rule`;

/** `warmfront versions URL [list|diff|rollback]` */
export function addVersionsCommand(program: Command): void {
  const versions = withControlOptions(
    program
      .command("versions")
      .description("earlier versions of a stored response: list, compare, bring back")
      .argument("<url>", "a path with query, or a URL of the data plane")
      .argument("[action]", "list, diff or rollback", parseAction, "list")
      .argument("[version...]", "versions as the list names them")
      .option("-H, --header <field>", "a request field, `Name: value`; repeatable", collectOption)
      .addHelpText("after", USAGE),
  );
  versions.action((url: string, action: Action, names: string[], options: VersionsOptions) =>
    ACTIONS[action](versions, { url, header: options.header ?? [] }, names, options),
  );
}

interface Named {
  readonly url: string;
  readonly header: readonly string[];
}

type Run = (
  command: Command,
  named: Named,
  names: readonly string[],
  options: VersionsOptions,
) => Promise<void>;

const ACTIONS = { list, diff, rollback } satisfies Record<string, Run>;
type Action = keyof typeof ACTIONS;

function parseAction(text: string): Action {
  if (!Object.hasOwn(ACTIONS, text)) throw new InvalidArgumentError("list, diff or rollback?");
  return text as Action;
}

interface Listed {
  readonly kept: number;
  readonly versions: readonly {
    readonly version: string;
    readonly id: string;
    readonly storedAt: string;
    readonly status: number;
    readonly bytes: number;
    readonly contentType: string | null;
  }[];
}

async function list(command: Command, named: Named, _: unknown, options: VersionsOptions) {
  const listed = await askControl<Listed>(command, options, `/versions?${queryOf(named)}`);
  if (options.json === true) return printJson(listed);
  const rows = listed.versions.map(({ version, storedAt, status, bytes, contentType }) => [
    ...[version, storedAt, String(status), String(bytes), contentType ?? ""],
  ]);
  const note = listed.kept === 0 ? ["Its route keeps no versions (routes[].versions)."] : [];
  const lines =
    rows.length === 0
      ? ["Nothing is stored for this URL and these fields; -H names others."]
      : table([HEADING, ...rows]);
  printLines([...lines, ...note]);
}

const HEADING = ["version", "stored", "status", "bytes", "type"];

async function diff(
  command: Command,
  named: Named,
  [a = "", b = "current"]: readonly string[],
  options: VersionsOptions,
) {
  const path = `/versions/diff?${queryOf(named)}&${new URLSearchParams({ a, b })}`;
  const compared = await askControl<VersionDiff>(command, options, path);
  if (options.json === true) return printJson(compared);
  if (compared.kind === "equal") printLines(["The bodies are equal."]);
  else if (compared.kind === "text") printLines([compared.diff.trimEnd()]);
  else printLines([`Not compared as text: ${compared.before} bytes, then ${compared.after}.`]);
}

async function rollback(
  command: Command,
  { url, header }: Named,
  [version]: readonly string[],
  options: VersionsOptions,
) {
  const body = { url, header, version };
  const done = await askControl<AuditRecord & { readonly freshUntil: string }>(
    ...[command, options, "/versions/rollback", body],
  );
  if (options.json === true) return printJson(done);
  printLines([
    `Rolled back: ${done.what.join(", ")}, fresh until ${done.freshUntil}`,
    "The next refresh asks the source again.",
    `Audit: ${done.id}`,
  ]);
}

function queryOf({ url, header }: Named): string {
  const query = new URLSearchParams({ url });
  for (const field of header) query.append("header", field);
  return query.toString();
}
