/** What the page of a report shows, in the order in which it shows it. */
import type { Activity } from "../../../reports/activity.ts";
import type { PullState } from "../../../reports/report.ts";

export interface ReportView {
  readonly login: string;
  readonly profile: ProfileView;
  /** In words: `the last two years`, `1 Jan 2024 – 31 Mar 2025`. */
  readonly periodText: string;
  readonly untilAt: number;
  readonly madeAt: number;
  /** What could not be found out, a sentence each. */
  readonly missing: readonly string[];
  readonly totals: Totals;
  readonly activity: Activity<PullState>;
  readonly languages: readonly { readonly name: string; readonly percent: number }[];
  readonly sizes: readonly { readonly name: string; readonly count: number }[];
  readonly repositories: readonly RepositoryView[];
}

export interface ProfileView {
  readonly name?: string;
  readonly bio?: string;
  readonly company?: string;
  readonly location?: string;
  readonly avatarUrl?: string;
  /** On GitHub. */
  readonly url: string;
  /** Places elsewhere: `{ text: "example.org", url: "https://example.org" }`. */
  readonly links: readonly { readonly text: string; readonly url: string }[];
}

export interface Totals {
  readonly pulls: number;
  readonly merged: number;
  readonly open: number;
  readonly closed: number;
  readonly repositories: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  /** Absent when nobody counted. */
  readonly stars?: Stars;
  /** Pull requests of others that were reviewed, and issues that were opened. */
  readonly reviewed?: number;
  readonly issues?: number;
}

export interface Stars {
  readonly count: number;
  /** There are at least so many. */
  readonly atLeast: boolean;
}

export interface RepositoryView {
  readonly name: string;
  readonly url: string;
  readonly description?: string;
  /** `Owner`, `Member`, … */
  readonly role?: string;
  readonly stars?: Stars;
  readonly pulls: readonly PullView[];
}

export interface PullView {
  readonly number: number;
  readonly title: string;
  readonly url: string;
  readonly state: PullState;
  readonly createdAt: number;
  /** Absent when its files could not be read. */
  readonly size?: PullSize;
}

export interface PullSize {
  readonly name: string;
  readonly additions: number;
  readonly deletions: number;
  /** GitHub did not list all files: there are at least so many lines. */
  readonly atLeast: boolean;
}
