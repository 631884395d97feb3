/** What the pages need of stored reports. */
import type { ChosenPeriod } from "../../reports/chosen-period.ts";
import type { ReportView } from "../pages/report/view.ts";

/** A stored report, for people and for programs. */
export interface FoundReport {
  readonly view: ReportView;
  /** For programs. */
  readonly report: object;
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
