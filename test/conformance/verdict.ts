export type Kind = "required" | "optimal" | "check";

/**
 * What became of a case. `setup-fail`: its premise did not hold, so it says nothing; `retry`: a request reached the
 * origin twice; `dependency-fail`: a case that it builds on did not pass, which outranks its own result.
 */
export type Outcome = "pass" | "fail" | "setup-fail" | "retry" | "dependency-fail";

export interface Verdict {
  readonly id: string;
  readonly kind: Kind;
  readonly outcome: Outcome;
  /** Why it did not pass; empty when it did. */
  readonly message: string;
}

/** The parts of a case that judging needs, named as the suite names them. */
export interface SuiteCase {
  readonly id: string;
  readonly name: string;
  readonly kind?: Kind;
  readonly depends_on?: readonly string[];
  readonly browser_only?: boolean;
}

/** What the suite's client says of a case: `true`, or the name and message of the error that ended it. */
export type CaseResult = true | readonly [name: string, message: string];

export type Tally = Readonly<Record<Kind, Readonly<Record<Outcome, number>>>>;

/**
 * Turns the client's results into verdicts by the suite's own rules. Cases without a result are left out, and a
 * dependency without a result is taken to hold, so that single cases can be run.
 */
export function judge(
  cases: readonly SuiteCase[],
  results: ReadonlyMap<string, CaseResult>,
): Verdict[] {
  const byId = new Map(cases.map((each) => [each.id, each]));

  function verdictOf(each: SuiteCase, result: CaseResult): Verdict {
    const verdict = { id: each.id, kind: each.kind ?? "required" } as const;
    const missing = each.depends_on?.find((id) => !holds(id));
    if (missing !== undefined)
      return { ...verdict, outcome: "dependency-fail", message: `${missing} did not pass` };
    if (result === true) return { ...verdict, outcome: "pass", message: "" };
    return { ...verdict, ...failure(...result) };
  }

  function holds(id: string): boolean {
    const each = byId.get(id);
    if (each === undefined) throw new Error(`The suite has no case ${id}`);
    const result = results.get(id);
    return result === undefined || verdictOf(each, result).outcome === "pass";
  }

  return cases.flatMap((each) => {
    const result = results.get(each.id);
    return result === undefined ? [] : [verdictOf(each, result)];
  });
}

function failure(name: string, message: string): Pick<Verdict, "outcome" | "message"> {
  if (name === "Assertion") return { outcome: "fail", message };
  if (name !== "Setup") return { outcome: "fail", message: `${name}: ${message}` };
  return { outcome: message === "retry" ? "retry" : "setup-fail", message };
}

export function tally(verdicts: readonly Verdict[]): Tally {
  const none = { pass: 0, fail: 0, "setup-fail": 0, retry: 0, "dependency-fail": 0 };
  const counts = { required: { ...none }, optimal: { ...none }, check: { ...none } };
  for (const { kind, outcome } of verdicts) counts[kind][outcome]++;
  return counts;
}
