/** What the making of reports goes by, checked and complete. */
export interface ReportSettings {
  /** Reports that one worker process makes at a time. */
  readonly concurrency: number;
  /** Of one user. */
  readonly lanes: {
    /** Made at a time, by all processes together. */
    readonly concurrency: number;
    /** Waiting beside those. */
    readonly waiting: number;
  };
  /** Longest that one takes, in milliseconds. */
  readonly timeoutMs: number;
}
