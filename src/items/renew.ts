/** Asks the source of an item for its value. */
import { SourceError } from "../errors.ts";
import type { Instant } from "../fields.ts";
import { AnswerError, type JsonSource } from "../sources/json.ts";
import type { Check } from "./check.ts";
import type { ItemRecord } from "./record.ts";
import { selectFields } from "./select.ts";
import type { RenewFault } from "./trouble.ts";

/** The message holds nothing of the value, nor of any credential. */
export class RenewError extends Error {
  override readonly name = "RenewError";
  readonly fault: RenewFault;
  /** When the source wants to be asked again, if it said so. */
  readonly retryAt: Instant | undefined;
  constructor(fault: RenewFault, message: string, retryAt?: Instant) {
    super(message);
    this.fault = fault;
    this.retryAt = retryAt;
  }
}

export interface RenewOptions {
  readonly source: JsonSource;
  readonly fields: ReadonlyMap<string, string> | undefined;
  readonly check: Check;
}

/** Rejects with `RenewError`; any other error is a fault of ours, and is not hidden behind a stored value's back. */
export async function renewItem(
  { source, fields, check }: RenewOptions,
  askedAt: Instant,
  signal: AbortSignal,
): Promise<ItemRecord> {
  const document = await source.read(signal).catch(asRenewError);
  const selected = selectFields(document, fields);
  if ("missing" in selected)
    throw new RenewError("refused", `${source.name} answered without ${selected.missing}.`);
  const fault = check(selected.value);
  if (fault !== undefined)
    throw new RenewError("refused", `What ${source.name} answered is refused: ${fault}.`);
  return { body: Buffer.from(JSON.stringify(selected.value)), goodAt: askedAt };
}

function asRenewError(thrown: unknown): never {
  if (thrown instanceof SourceError) throw new RenewError("unreachable", thrown.message);
  if (!(thrown instanceof AnswerError)) throw thrown;
  const fault = thrown.fault === "rejected" ? "rejected" : "unusable";
  throw new RenewError(fault, thrown.message, thrown.retryAt);
}
