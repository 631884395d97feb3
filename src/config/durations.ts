/** Durations in words: `500ms`, `30s`, `5m`, `6h`, `120d`, `2w`. */

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$|^0$/;

/** Milliseconds, rounded; undefined when the text is no duration. Zero needs no unit, every other number does. */
export function parseDuration(text: string | 0): number | undefined {
  if (text === 0 || text === "0") return 0;
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
}
