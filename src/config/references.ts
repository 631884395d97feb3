/** References in the values of the file: `${NAME}`, `${NAME:-fallback}` and `file:/path`. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf } from "../errors.ts";
import { pathText, type SettingFault, type SettingPath } from "./faults.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Resolved {
  readonly tree: unknown;
  /** Texts as they stood in the file, by setting, wherever a reference was replaced: these may be shown. */
  readonly written: ReadonlyMap<string, string>;
  readonly faults: readonly SettingFault[];
}

/** A copy of the tree with every reference replaced. Relative paths start from `folder`. One that leads nowhere stays and is a fault. */
export function resolveReferences(
  tree: unknown,
  { env, folder }: { readonly env: Environment; readonly folder: string },
): Resolved {
  const written = new Map<string, string>();
  const faults: SettingFault[] = [];
  const visit = (value: unknown, path: SettingPath): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => visit(item, [...path, i]));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name, visit(item, [...path, name])]),
      );
    if (typeof value !== "string") return value;
    const resolved = resolveText(value, env, folder);
    if ("fault" in resolved) {
      faults.push({ path, message: resolved.fault });
      return value;
    }
    if (resolved.text !== value) written.set(pathText(path), value);
    return resolved.text;
  };
  return { tree: visit(tree, []), written, faults };
}

type Outcome = { readonly text: string } | { readonly fault: string };

function resolveText(text: string, env: Environment, folder: string): Outcome {
  const faults: string[] = [];
  const replaced = text.replaceAll(/(\$?)\$\{([^}]*)\}/g, (all, escaped: string, inner: string) => {
    if (escaped !== "") return all.slice(1);
    const outcome = variable(inner, env);
    if ("text" in outcome) return outcome.text;
    faults.push(outcome.fault);
    return all;
  });
  if (faults[0] !== undefined) return { fault: faults[0] };
  if (!text.startsWith("file:")) return { text: replaced };
  const read = readSecret(resolve(folder, replaced.slice("file:".length)));
  return "text" in read ? read : { fault: `refers to a file that ${read.fault}` };
}

const NO_NAME = `holds a reference without a name: write \${NAME} or \${NAME:-fallback}, and $$\{ for a plain $\{`;

function variable(inner: string, env: Environment): Outcome {
  const [, name, fallback] = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner) ?? [];
  if (name === undefined) return { fault: NO_NAME };
  const value = env[name];
  if (fallback !== undefined) return { text: value || fallback };
  if (value !== undefined) return { text: value };
  return {
    fault: `refers to the environment variable ${name}, which is not set: set it, or write \${${name}:-fallback}`,
  };
}

/** The trimmed text of a file that holds a secret, or what is wrong with it, as the end of a sentence. */
export function readSecret(path: string): Outcome {
  try {
    const text = readFileSync(path, "utf8").trim();
    return text === "" ? { fault: "is empty" } : { text };
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT") return { fault: "does not exist" };
    return { fault: `cannot be read (${code ?? messageOf(thrown)})` };
  }
}
