/** Numbers and dates as people read them; all dates are of UTC. */
import type { Step } from "../../reports/activity.ts";

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const day = dateFormat({ day: "numeric", month: "short", year: "numeric" });
const month = dateFormat({ month: "short", year: "numeric" });
const year = dateFormat({ year: "numeric" });

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
}

/** `12,345` */
export function count(value: number): string {
  return whole.format(value);
}

/** `12.3K` */
export function shortCount(value: number): string {
  return short.format(value);
}

/** `1 file`, `2 files` */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `12.5%` */
export function percent(share: number): string {
  return `${share.toFixed(1)}%`;
}

/** `5 Mar 2026` */
export function dayText(at: number): string {
  return day.format(at);
}

/** The name of a week, month or year by its first day. */
export function stepText(at: number, step: Step): string {
  if (step === "year") return year.format(at);
  return step === "month" ? month.format(at) : day.format(at);
}
