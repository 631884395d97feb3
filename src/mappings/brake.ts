/** What stops a run before it removes anything. Pure. */
import type { BrakeLimits } from "../config/reap.ts";

export interface RunFigures {
  /** All mappings. */
  readonly mappings: number;
  /** Those that would be removed. */
  readonly dead: number;
  /** Repositories that the forge was asked about. */
  readonly asked: number;
  /** Those of them that stayed unjudged. */
  readonly unsure: number;
}

/** Why nothing may be removed, or undefined. */
export function brake(figures: RunFigures, limits: BrakeLimits): string | undefined {
  const { mappings, dead, asked, unsure } = figures;
  if (asked > 0 && unsure / asked > limits.unsure)
    return `the forge looks broken: ${unsure} of ${asked} repositories could not be judged`;
  const tooMany = dead > limits.mappings && dead > limits.share * mappings;
  return tooMany ? `${dead} of ${mappings} mappings would go` : undefined;
}
