import { type Kind, type Outcome, tally, type Verdict } from "./verdict.ts";

const KINDS: readonly Kind[] = ["required", "optimal", "check"];
const OUTCOMES: readonly Outcome[] = ["pass", "fail", "setup-fail", "retry", "dependency-fail"];

/** The totals of each kind, then every case that did not pass with its message. */
export function report(verdicts: readonly Verdict[]): string {
  const counts = tally(verdicts);
  const totals = KINDS.map((kind) => {
    const of = OUTCOMES.map((outcome) => `${counts[kind][outcome]} ${outcome}`);
    const total = verdicts.filter((verdict) => verdict.kind === kind).length;
    return `${kind.padEnd(8)} ${total} cases: ${of.join(", ")}`;
  });
  return [...totals, ...KINDS.flatMap((kind) => listed(verdicts, kind))].join("\n");
}

function listed(verdicts: readonly Verdict[], kind: Kind): string[] {
  return verdicts
    .filter((verdict) => verdict.kind === kind && verdict.outcome !== "pass")
    .map(({ id, outcome, message }) => `\n${kind} ${outcome}: ${id}\n    ${message}`);
}
