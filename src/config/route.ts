/** One configured path pattern with its source, lifetimes, key rules and guards: the compiled form that everything else reads. */
export interface Route {
  /** Stable name: `name` of the configuration, else its path. Part of every key. */
  readonly id: string;
  /** `/index/v1/*` matches everything below `/index/v1/`; without `*` exactly that path. */
  readonly path: string;
  readonly source: RouteSource;
  readonly preset: "api" | "transparent";
  readonly freshness: OriginFreshness | FixedFreshness;
  /** Largest body that is stored, in bytes; larger ones pass through. */
  readonly maxBody: number;
  readonly bypass: RouteBypass;
  /** Preset `api`: the request fields (lower case) that reach the source. All but `authorization` and the content fields are part of the key. */
  readonly forward: readonly string[];
  readonly key: { readonly query: QueryRule; readonly fields: readonly string[] };
  /** Whether `%2f` and `%5c` in a path pass byte for byte or are refused with 400. */
  readonly encodedSlashes: "pass" | "refuse";
  /** Partition stored answers by a hash of the request's credential. */
  readonly perPrincipal: boolean;
  /** Answer stale when the source has not answered within this time. Absent: wait. */
  readonly softTimeoutMs?: number;
  /** Refresh in the background when less than this share (0 to 1) of the freshness lifetime is left and the key is in use; 0 is off. */
  readonly refreshAhead: number;
  readonly guards: RouteGuards;
  /** How many replaced good versions of an entry are kept. */
  readonly versions: number;
  /** Obey `CDN-Cache-Control` (RFC 9213). */
  readonly targetedCacheControl: boolean;
  /** Whether a client's `no-cache` and `max-age` reach past the store. */
  readonly clientCacheControl: "honour" | "ignore";
  readonly compat: { readonly xRedisCache: boolean };
}

export interface RouteSource {
  /** Scheme, host and port: `http://127.0.0.1:9000`. */
  readonly origin: string;
  /** Put before the target: path of the configured URL without its last slash. */
  readonly basePath: string;
  /** Taken off the request's path first; empty for nothing. */
  readonly stripPrefix: string;
  readonly timeouts: {
    readonly connectMs: number;
    readonly firstByteMs: number;
    readonly idleMs: number;
    readonly totalMs: number;
  };
}

/** The source's own fields decide (RFC 9111). */
export interface OriginFreshness {
  readonly mode: "origin";
}

/** The operator decides; `no-store` and `private` of the source still hold. */
export interface FixedFreshness {
  readonly mode: "fixed";
  readonly freshForMs: number;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  /** Freshness of other statuses than 200, such as 404: ten seconds. Statuses not named are not stored. */
  readonly perStatus: ReadonlyMap<number, number>;
  /** Share of the lifetime by which it varies at random: 0.1 is up to ten percent shorter. */
  readonly jitter: number;
}

export interface RouteBypass {
  /** Parsed query parameters, name and value, any of which bypasses. */
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly methods: readonly string[];
  /** Request fields (lower case) whose presence bypasses. */
  readonly fields: readonly string[];
}

/** Which query parameters are part of the key and reach the source. */
export type QueryRule =
  | { readonly mode: "all" }
  | { readonly mode: "sorted" }
  | { readonly mode: "allow"; readonly names: readonly string[] }
  | { readonly mode: "ignore"; readonly names: readonly string[] };

/** What a response must satisfy before it may replace a good one. */
export interface RouteGuards {
  readonly status?: readonly number[];
  readonly contentType?: readonly string[];
  readonly minBytes?: number;
  readonly json: boolean;
  /** Paths such as `data.items` that must be present; implies `json`. */
  readonly jsonPaths: readonly string[];
  /** Refuse a body that is smaller than the stored one by more than this share (0 to 1). */
  readonly maxShrink?: number;
}
