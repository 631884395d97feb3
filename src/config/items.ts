/** Items, their clients, and where their copies lie, checked and complete. */
export interface ItemsSettings {
  readonly items: readonly ItemSettings[];
  readonly clients: readonly ItemClient[];
  /** Folder of the copies on this machine. */
  readonly folder: string;
  /** What the operator should know of these settings, a sentence each. */
  readonly warnings: readonly string[];
}

/** One value that is served at one path. */
export interface ItemSettings {
  readonly path: string;
  readonly source: ItemSource;
  /** The fields that clients get, by the name under which they get them, with the path to each in the document. Absent: the whole document. */
  readonly fields?: ReadonlyMap<string, string>;
  /** What the value must be, or each field. */
  readonly expect: ItemKind | ReadonlyMap<string, ItemKind>;
  /** A JSON Schema that the value must satisfy. */
  readonly schema?: Readonly<Record<string, unknown>>;
  /** `fresh`: the stored value is served while it is fresh, and refreshed behind answers when it is not. `source`: the source is asked for each answer. */
  readonly mode: "fresh" | "source";
  readonly freshForMs: number;
  /** How old a value may get; absent: as old as it has to. */
  readonly maxAgeMs?: number;
  /** When the stored value is served although the source was asked. */
  readonly softTimeoutMs: number;
  /** Longest wait for a connection, and for each byte of the answer. */
  readonly timeoutMs: number;
  readonly maxBody: number;
  /** Time between refreshes that nobody asked for; absent: there are none. */
  readonly refreshEveryMs?: number;
  readonly isPublic: boolean;
  /** Send `X-Cache`, and errors in the form that cachish had. */
  readonly compat: boolean;
}

export type ItemSource =
  | { readonly module: "JsonHttp"; readonly url: string }
  | {
      readonly module: "Heroku";
      readonly app: string;
      readonly apiToken: string;
      readonly baseUrl: string;
    }
  | {
      readonly module: "Hawk";
      readonly url: string;
      readonly id: string;
      readonly key: string;
      readonly algorithm: HawkAlgorithm;
    };

export type HawkAlgorithm = "sha1" | "sha256" | "sha384" | "sha512";

/** `value`: anything but null and what is empty; `any`: also these. */
export type ItemKind =
  | "any"
  | "value"
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "object"
  | "array"
  | "url";

export interface ItemClient {
  readonly name: string;
  readonly tokens: readonly ItemToken[];
  /** Shell patterns, in which `*` crosses slashes. */
  readonly urls: readonly string[];
  /** Patterns by segment: `*` stays in its segment, `**` is any number of them. */
  readonly paths: readonly string[];
}

export interface ItemToken {
  /** SHA-256 of the token. */
  readonly digest: Buffer;
  /** Milliseconds since the epoch; absent: never. */
  readonly expiresAt?: number;
}
