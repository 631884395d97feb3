/** RFC 9211. */
export type CacheStatus =
  | { readonly hit: true; readonly ttlMs: number; readonly detail?: string }
  | {
      readonly hit?: false;
      readonly forward:
        | "bypass"
        | "method"
        | "uri-miss"
        | "vary-miss"
        | "miss"
        | "request"
        | "stale"
        | "partial";
      /** Status of the source's response, when it is not the one sent. */
      readonly forwardStatus?: number;
      readonly ttlMs?: number;
      readonly stored?: boolean;
      readonly collapsed?: boolean;
      readonly detail?: string;
    };

export function formatCacheStatus(_status: CacheStatus): string {
  throw new Error("later");
}
