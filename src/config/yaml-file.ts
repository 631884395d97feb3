/** The YAML file: its values, and where in it each of them stands. */
import { readFileSync } from "node:fs";
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { messageOf } from "../errors.ts";
import type { Fault, Place, SettingPath } from "./faults.ts";

export interface YamlFile {
  readonly tree: unknown;
  /** Place of a setting, or of the nearest group that holds it. */
  placeOf(path: SettingPath): Place;
  /** What keeps the text from being read as YAML at all. */
  readonly faults: readonly Fault[];
}

/** Texts of our own: the parser's can quote the file, secrets included. */
const SYNTAX: Record<string, string> = {
  BAD_INDENT: "the indentation does not fit, or a bracket before this is not closed",
  TAB_AS_INDENT: "a tab indents this line: use spaces",
  DUPLICATE_KEY: "this name stands here twice: keep one of them",
  MISSING_CHAR:
    "a closing quote or bracket, a comma or a colon is missing, or the indentation does not fit",
  BAD_SCALAR_START: "a value that begins with this character must stand in quotes",
  BAD_DQ_ESCAPE: "this backslash means nothing in double quotes: use single quotes",
  BLOCK_AS_IMPLICIT_KEY:
    "a second `name:` begins inside a value: put it on a line of its own, or the value in quotes",
  MULTILINE_IMPLICIT_KEY: "a name must stand on one line and end in a colon",
  MULTIPLE_DOCS: "a second document begins here: put all settings into one",
  TAG_RESOLVE_FAILED: "tags such as !name mean nothing here: remove the tag",
};

/** Reads the file at `path`; `name` is how messages call it. `optional`: undefined when there is none. */
export function readYamlFile(
  path: string,
  { name, optional }: { readonly name: string; readonly optional: boolean },
): YamlFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (optional && code === "ENOENT") return undefined;
    const why =
      code === "ENOENT" ? "there is no such file" : `cannot be read (${code ?? messageOf(thrown)})`;
    return unusable({ text: name }, why);
  }
  return parseYaml(text, name);
}

export function parseYaml(text: string, name: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { text: `${name}:${line}:${col}`, line, column: col };
  };
  const broken = [...document.errors, ...document.warnings][0];
  // What comes after the first is mostly its echo.
  if (broken) return unusable(at(broken.pos[0]), SYNTAX[broken.code] ?? "this is not valid YAML");
  const { contents } = document;
  const empty = contents === null || (isScalar(contents) && contents.value === null);
  if (!empty && !isMap(contents))
    return unusable(at(0), "must hold settings, one `name: value` a line");
  const resolve = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
  try {
    const tree: unknown = empty ? {} : document.toJS({ maxAliasCount: 1_000 });
    // Throws for an alias that holds itself.
    JSON.stringify(tree);
    return { tree, placeOf: (path) => at(offsetOf(contents, path, resolve)), faults: [] };
  } catch {
    return unusable(
      { text: name },
      "an alias (`*name`) has no anchor, holds itself, or multiplies beyond reason",
    );
  }
}

function unusable(place: Place, message: string): YamlFile {
  return { tree: {}, placeOf: () => place, faults: [{ place, path: [], message }] };
}

/** Offset of the name of a setting, or of the item of a list; as far down the path as the file goes. */
function offsetOf(root: unknown, path: SettingPath, resolve: (node: unknown) => unknown): number {
  let node = resolve(root);
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    const [name, value] = childOf(node, part);
    const start = startOf(name);
    if (start === undefined) break;
    offset = start;
    node = resolve(value);
  }
  return offset;
}

/** The node that names a child, and the child. */
function childOf(node: unknown, part: string | number): [unknown, unknown] {
  if (isSeq(node)) return [node.items[Number(part)], node.items[Number(part)]];
  if (!isMap(node)) return [undefined, undefined];
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
  return [pair?.key, pair?.value];
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
