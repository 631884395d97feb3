/** What was made of a stored report is made once: it lives as long as the report is held. */
import type { FoundReport } from "./source.ts";

export type Rendered = (report: FoundReport, name: string, make: () => string) => string;

/** `name` tells apart what is made of one report; what is made must depend on nothing else. */
export function createRendered(): Rendered {
  const all = new WeakMap<FoundReport, Map<string, string>>();
  return (report, name, make) => {
    const own = all.get(report) ?? new Map<string, string>();
    all.set(report, own);
    const known = own.get(name);
    if (known !== undefined) return known;
    const made = make();
    own.set(name, made);
    return made;
  };
}
