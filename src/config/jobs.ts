/** What those may take who wait for jobs over HTTP, checked and complete. */
export interface JobsSettings {
  /** Connections that are held open for them, in one web process and from one address. */
  readonly watchers: number;
  readonly watchersPerClient: number;
  /** Longest that a request waits for its job, in milliseconds. */
  readonly longestWaitMs: number;
}
