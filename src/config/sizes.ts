/** Sizes in words: `50MiB`, `10kB`, or a plain number of bytes. */

const UNITS = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
} as const;

/** Units in any case: nobody means millibytes. */
export const SIZE = /^(\d+(?:\.\d+)?) ?([kKmMgG]?[iI]?[bB])$|^\d+$/;

/** Bytes, rounded; undefined when the text is no size. */
export function parseSize(text: string | number): number | undefined {
  if (typeof text === "number") return Number.isSafeInteger(text) && text >= 0 ? text : undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const [, amount, unit] = SIZE.exec(text) ?? [];
  const factor = UNITS[unit?.toLowerCase() as keyof typeof UNITS];
  return factor === undefined ? undefined : Math.round(Number(amount) * factor);
}
