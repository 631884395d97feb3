/** What a stored report is: everything that is shown about somebody's pull requests in a period, and what the numbers cover. */
import { z } from "zod";

/** Raised when the form below changes; reports of other versions count as not there. */
export const REPORT_VERSION = 1;

export const SIZES = ["One Liner", "Small", "Medium", "Large", "Huge", "Massive"] as const;
export const PULL_STATES = ["merged", "open", "closed"] as const;

/** Instants are milliseconds since the epoch, and count in UTC. */
const instant = z.int();
const count = z.int().min(0);
const text = z.string();
const day = z.iso.date();

/** Stars: `atLeast` when counting stopped there. */
const stars = z.object({ count, atLeast: z.boolean() });

const profile = z.object({
  login: text,
  name: text.nullable(),
  bio: text.nullable(),
  company: text.nullable(),
  location: text.nullable(),
  /** As its owner wrote it: not always a URL. */
  blog: text.nullable(),
  twitter: text.nullable(),
  avatarUrl: text.nullable(),
  url: text,
  /** Accounts elsewhere: `{ provider: "mastodon", url }`. */
  social: z.array(z.object({ provider: text, url: text })),
});

const pull = z.object({
  number: z.int(),
  title: text,
  url: text,
  /** Null: the account is gone. */
  author: text.nullable(),
  state: z.enum(PULL_STATES),
  createdAt: instant,
  updatedAt: instant,
  closedAt: instant.nullable(),
  mergedAt: instant.nullable(),
  /** The author's role in the repository when GitHub was asked: `OWNER`, `MEMBER`, `CONTRIBUTOR`, … */
  role: text.nullable(),
  /** Lines, files and size are null when the files could not be read: unknown is not zero. */
  additions: count.nullable(),
  deletions: count.nullable(),
  changedFiles: count.nullable(),
  size: z.enum(SIZES).nullable(),
  /** Files by language; files of unknown kinds are left out. Null like the above. */
  languages: z.record(text, count).nullable(),
  /** GitHub lists no more than 3,000 files: the numbers above are lower bounds. */
  capped: z.boolean(),
});

const repository = z.object({
  /** `owner/name` */
  name: text,
  owner: text,
  url: text,
  description: text.nullable(),
  /** That of the newest pull request. */
  role: text.nullable(),
  /** Stars gained in the period, all stars when the period is all time; null when unknown or not asked for. */
  stars: stars.nullable(),
  /** Newest first. */
  pulls: z.array(pull),
});

const totals = z.object({
  pulls: count,
  merged: count,
  open: count,
  closed: count,
  repositories: count,
  /** Over the pull requests whose files are known. */
  additions: count,
  deletions: count,
  changedFiles: count,
  /** Each repository counts once; null when none is known. */
  stars: stars.nullable(),
  /** Pull requests of others that the user reviewed, and issues the user opened, in the period; null when unknown. */
  reviewed: count.nullable(),
  issues: count.nullable(),
});

const gap = z.object({
  what: z.enum(["files", "stars", "repositories", "social", "reviewed", "issues", "pulls"]),
  /** How many of them. */
  count,
  /** Why, in a sentence for people. */
  reason: text,
  /** Asking again cannot help. */
  final: z.boolean(),
});

const coverage = z.object({
  /** Nothing is missing that asking again could bring. */
  complete: z.boolean(),
  missing: z.array(gap),
  /** Pull requests whose files are known. */
  pullsWithFiles: count,
});

export const reportSchema = z.object({
  version: z.literal(REPORT_VERSION),
  /** As GitHub writes it. */
  login: text,
  profile,
  period: z.object({
    /** First day, or all there is; the last day. */
    since: z.union([z.literal("all"), day]),
    until: day,
    sinceAt: instant.nullable(),
    untilAt: instant,
  }),
  /** When the making began: later changes on GitHub are not in it. */
  dataAt: instant,
  madeAt: instant,
  totals,
  /** By share of recognised files, the largest first. */
  languages: z.array(z.object({ name: text, files: count, percent: z.number() })),
  /** Sizes that occur, from the smallest. */
  sizes: z.array(z.object({ name: z.enum(SIZES), count })),
  roles: z.array(z.object({ role: text, repositories: count })),
  /** Pull requests by when they were opened, without gaps. */
  activity: z.object({
    step: z.enum(["week", "month", "year"]),
    buckets: z.array(
      z.object({
        startAt: instant,
        counts: z.record(z.enum(PULL_STATES), count),
        total: count,
      }),
    ),
  }),
  repositories: z.array(repository),
  coverage,
  /** What making it cost: requests that GitHub counts, those it does not (nothing had changed), and what was stored already. */
  quota: z.object({ requests: count, unchanged: count, stored: count }),
});

export type Report = Readonly<z.output<typeof reportSchema>>;
export type Repository = Readonly<z.output<typeof repository>>;
export type Pull = Readonly<z.output<typeof pull>>;
export type Profile = Readonly<z.output<typeof profile>>;
export type Totals = Readonly<z.output<typeof totals>>;
export type Stars = Readonly<z.output<typeof stars>>;
export type Gap = Readonly<z.output<typeof gap>>;
export type Size = (typeof SIZES)[number];
export type PullState = (typeof PULL_STATES)[number];

/** What can be told of a stored report without reading it. */
export const metaSchema = z.object({
  version: z.literal(REPORT_VERSION),
  madeAt: instant,
  complete: z.boolean(),
  /** How much is missing. */
  missing: count,
});

export type ReportMeta = Readonly<z.output<typeof metaSchema>>;

/** Which report: two with the same key are the same report at different times. */
export interface ReportKey {
  /** In lower case. */
  readonly login: string;
  /** `1_year`, `2_years`, `5_years`, `all_time`, or two days: `2025-01-01..2025-03-31`. */
  readonly period: string;
  /** Whether stars were counted. */
  readonly stars: boolean;
}
