/** What the pages need of stored reports. */
import type { ChosenPeriod } from "../../reports/chosen-period.ts";
import type { Report } from "../../reports/report.ts";
import type { ReportView } from "../pages/report/view.ts";

/** A stored report, for programs and for people. */
export interface FoundReport {
  readonly view: ReportView;
  readonly report: Report;
  readonly madeAt: number;
  /** Whether everything could be found out. */
  readonly complete: boolean;
}

/** Logins in lower case. Everything rejects while the store is away. */
export interface ReportSource {
  find(login: string, period: ChosenPeriod): Promise<FoundReport | undefined>;
  /** Deletes all reports about somebody. */
  forget(login: string): Promise<void>;
}
