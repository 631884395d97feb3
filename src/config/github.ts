/** How GitHub is asked for reports, checked and complete. */
export interface GitHubSettings {
  /** Base address of the REST API. */
  readonly apiUrl: string;
  /** Personal tokens, in the order of preference. */
  readonly tokens: readonly string[];
  /** A GitHub App whose installation is asked with. */
  readonly app?: {
    readonly id: string;
    readonly installationId: string;
    /** PEM. */
    readonly privateKey: string;
  };
  /** How long the files of a pull request, and the stars of a repository, are not asked for again. */
  readonly filesTtlMs: number;
  readonly starsTtlMs: number;
  /** Pull requests and repositories that one report asks about at a time. */
  readonly pullsAtATime: number;
  readonly repositoriesAtATime: number;
}
