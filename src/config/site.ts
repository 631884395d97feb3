/** The pages of reports, as they are configured. */
export interface SiteSettings {
  /** Scheme, host and port that visitors use. */
  readonly origin: string;
  /** Whether search engines may list the pages. */
  readonly indexed: boolean;
  /** Login whose report is the example on the start page. */
  readonly example?: string;
  /** URL of the script of an analytics service. */
  readonly analytics?: string;
  /** Logins, in lower case, about whom there are no reports. */
  readonly optOut: readonly string[];
  /** Age from which a report is worth making anew. */
  readonly staleAfterMs: number;
  /** That one visitor may have made. */
  readonly reportsPerHour: number;
  /** Base address of GitHub's REST API. */
  readonly apiUrl: string;
  readonly session: { readonly lifeMs: number; readonly idleMs: number };
  /** Absent when nobody can sign in. */
  readonly oauth?: {
    readonly url: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly scopes: readonly string[];
  };
}
