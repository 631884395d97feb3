/** What is particular to worker processes. */
export interface WorkerSettings {
  /** Where `/livez` and `/readyz` are answered; absent: nowhere. */
  readonly health?: { readonly host: string; readonly port: number };
}
