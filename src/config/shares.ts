/** Shares in words: `20%`. */

export const SHARE = /^(\d+(?:\.\d+)?)%$|^0$/;

/** A number from 0 to 1; undefined when the text is no share. Zero needs no sign, every other number does. */
export function parseShare(text: string | 0): number | undefined {
  if (text === 0 || text === "0") return 0;
  const amount = SHARE.exec(text)?.[1];
  const share = amount === undefined ? Number.NaN : Number(amount) / 100;
  return share <= 1 ? share : undefined;
}
