import type { Command } from "commander";
import type { Explanation, StoredFacts } from "../http/explain/explanation.ts";
import { holdText } from "../http/explain/source-facts.ts";
import { askControl, type ControlOptions, withControlOptions } from "./control.ts";
import { collectOption } from "./options.ts";
import { labelled, printJson, printLines } from "./printing.ts";

interface ExplainOptions extends ControlOptions {
  readonly header?: readonly string[];
  readonly method?: string;
}

/** `warmfront explain URL` */
export function addExplainCommand(program: Command): void {
  const explain = withControlOptions(
    program
      .command("explain")
      .description("why a request is answered as it is, and what would happen now")
      .argument("<url>", "a path with query, or a URL of the data plane")
      .option("-H, --header <field>", "a request field, `Name: value`; repeatable", collectOption)
      .option("-X, --method <method>", "the request method", "GET"),
  );
  explain.action(async (url: string, options: ExplainOptions) => {
    const { header = [], method, json } = options;
    const body = { url, method, header };
    const explanation = await askControl<Explanation>(explain, options, "/explain", body);
    if (json === true) printJson(explanation);
    else printLines(explanationLines(explanation));
  });
}

type Part = readonly [label: string, ...lines: string[]];

function explanationLines(explained: Explanation): string[] {
  const { method, target, verdict, now, ifSourceFails } = explained;
  const parts: Part[] = [
    ["request", `${method} ${target}`],
    ...requestParts(explained),
    ...storeParts(explained),
    ["verdict", `${verdict.reuse}: ${verdict.because.text} (${verdict.because.by})`],
    ["now", `${now.action}: ${now.text}`],
  ];
  if (ifSourceFails === "stored") parts.push(["on failure", "The stored response would be sent."]);
  if (ifSourceFails === "error") parts.push(["on failure", "The client would get an error."]);
  return labelled([...parts, ...laterParts(explained)]);
}

function requestParts({ route, upstream, holds = [], key }: Explanation): Part[] {
  const parts: Part[] = [];
  if (route !== undefined)
    parts.push(["route", `${route.id} (${route.path}), preset ${route.preset}`, route.freshness]);
  if (upstream !== undefined)
    parts.push([
      "source",
      `${upstream.method} ${upstream.origin}${upstream.target}`,
      ...upstream.fields.map(([name, value]) => `  ${name}: ${value}`),
    ]);
  if (holds.length > 0) parts.push(["held", ...holds.map(holdText)]);
  if (key !== undefined)
    parts.push([
      "key",
      `${key.target}, credential ${key.credential}`,
      ...Object.entries(key.fields ?? {}).map(fieldLine),
      key.reference,
    ]);
  return parts;
}

function fieldLine([name, value]: readonly [string, string | null]): string {
  return `  ${name}: ${value ?? "(absent)"}`;
}

function storeParts({ key, stored, variants = [], purge }: Explanation): Part[] {
  const parts: Part[] = [];
  if (stored !== undefined) parts.push(["stored", ...storedLines(stored)]);
  else if (key !== undefined) parts.push(["stored", "nothing for this request"]);
  if (variants.length > 0)
    parts.push([
      "variants",
      ...variants.map(({ fields, storedAt, chosen }) => {
        const values = Object.entries(fields).map(([name, value]) => `${name}: ${value ?? "-"}`);
        return `${chosen ? "* " : "  "}${storedAt} ${values.join("; ")}`;
      }),
    ]);
  if (purge !== undefined && purge.state !== "kept")
    parts.push(["purge", `${purge.state} since ${purge.at}: ${purge.scope} (${purge.id ?? "-"})`]);
  return parts;
}

function storedLines(stored: StoredFacts): string[] {
  const { status, bytes, storedAt, age, freshFor, freshLeft } = stored;
  const left = freshLeft >= 0 ? `${freshLeft} s left` : `stale for ${-freshLeft} s`;
  return [
    `${status}, ${bytes} bytes, stored ${storedAt}, age ${age} s`,
    `fresh for ${freshFor} s, ${left}; stale-while-revalidate ${stored.staleWhileRevalidate} s, stale-if-error ${stored.staleIfError} s; kept until ${stored.deleteAt}`,
    ...(stored.tags.length === 0 ? [] : [`tags: ${stored.tags.join(", ")}`]),
    ...stored.fields.map(([name, value]) => `  ${name}: ${value}`),
  ];
}

function laterParts({ rest, refresh }: Explanation): Part[] {
  const parts: Part[] = [];
  if (rest !== undefined)
    parts.push(["rest", `until ${rest.until}, after ${rest.failures} failures: ${rest.failure}`]);
  if (typeof refresh === "string") parts.push(["refresh", refresh]);
  else if (refresh !== undefined) {
    const { state, attempts, mostAttempts, id, notBefore, failure } = refresh;
    const when = notBefore === undefined ? "" : `, not before ${notBefore}`;
    const line = `job ${id}: ${state}, ${attempts} of ${mostAttempts} runs${when}`;
    parts.push(failure === undefined ? ["refresh", line] : ["refresh", line, failure]);
  }
  return parts;
}
