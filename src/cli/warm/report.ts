/** What warming up prints: failures and a summary for people, one JSON object a URL for machines; a bar on a terminal. */
import { redactText } from "../../queues/redact.ts";
import { type BarOutput, createBar } from "../bar.ts";
import { printable } from "../printing.ts";
import type { WarmResult } from "./run.ts";

export interface WarmReport {
  begin(all: number): void;
  result(result: WarmResult): void;
  /** A line for people, beside the results. */
  say(line: string): void;
  failures(): number;
  /** The summary. */
  end(): void;
}

/** Outcomes that people are told of one by one. */
const TOLD = new Set(["failed", "skipped", "not-stored", "would-warm"]);

export function createWarmReport(out: BarOutput, err: BarOutput, json: boolean): WarmReport {
  const bar = createBar(err);
  const outcomes = new Map<string, number>();
  const startedAt = performance.now();
  let [all, done, failed] = [0, 0, 0];
  let begun = false;
  const print = (line: string) => {
    bar.hide();
    out.write(`${printable(line)}\n`);
  };
  return {
    begin(count) {
      all = count;
      begun = true;
    },
    result(given) {
      const result = { ...given, ...(given.detail && { detail: redactText(given.detail) }) };
      const { outcome } = result;
      done += 1;
      if (result.failed) failed += 1;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (json) print(JSON.stringify({ event: "url", ...result }));
      else if (TOLD.has(outcome)) print(textOf(result));
      bar.show(done, all, `${done} of ${all}, ${failed} failed`);
    },
    say(line) {
      bar.hide();
      err.write(`${printable(line)}\n`);
    },
    failures: () => failed,
    end() {
      bar.hide();
      if (!begun) return;
      const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
      const counts = Object.fromEntries(outcomes);
      if (json)
        return print(
          JSON.stringify({ event: "summary", urls: all, ...{ outcomes: counts }, seconds }),
        );
      const words = Array.from(outcomes, ([outcome, count]) => `${count} ${outcome}`).join(", ");
      print(
        `${all} ${all === 1 ? "URL" : "URLs"} in ${seconds} s${words === "" ? "" : `: ${words}`}`,
      );
    },
  };
}

function textOf({ url, outcome, detail }: WarmResult): string {
  return `${outcome}: ${redactText(url)}${detail === undefined ? "" : ` (${detail})`}`;
}
