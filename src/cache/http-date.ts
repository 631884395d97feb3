/** HTTP-date (RFC 9110 §5.6.7). */
import type { Instant } from "../fields.ts";
export function parseHttpDate(_text: string, _now: Instant): Instant | undefined {
  throw new Error("later");
}
export function formatHttpDate(_at: Instant): string {
  throw new Error("later");
}
