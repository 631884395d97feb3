/** HTML that is escaped unless it was made here. */
import { html as escaping, raw } from "hono/html";

/** A piece of a page: text in it has been escaped. */
export interface Html {
  readonly isEscaped: true;
  toString(): string;
}

/** What may stand in a hole of a template; text is escaped, nothing is left out. */
export type Hole = Html | string | number | false | undefined | readonly Hole[];

/** A template whose holes stand between tags or in quoted attributes. */
export function html(strings: TemplateStringsArray, ...holes: readonly Hole[]): Html {
  return escaping(strings, ...holes) as Html;
}

export const NOTHING = raw("") as Html;

/** A URL as it may stand in `href`: http and https, else nothing, so that no `javascript:` gets into a link. */
export function webUrl(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
}
