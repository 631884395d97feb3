/** The config vars of an app on Heroku (Platform API, version 3). */
import type { JsonSourceOptions } from "./json.ts";

export interface HerokuApp {
  readonly app: string;
  readonly apiToken: string;
  /** `https://api.heroku.com`, or a server that stands in for it. */
  readonly baseUrl: string;
}

export function herokuRequest({ app, apiToken, baseUrl }: HerokuApp) {
  return {
    url: `${baseUrl.replace(/\/+$/, "")}/apps/${encodeURIComponent(app)}/config-vars`,
    fields: () => [
      ...["Accept", "application/vnd.heroku+json; version=3"],
      ...["Authorization", `Bearer ${apiToken}`],
    ],
  } satisfies Pick<JsonSourceOptions, "url" | "fields">;
}
