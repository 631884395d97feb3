/** A source of a test, and what is asked of it. */
import { onTestFinished } from "vitest";
import type {
  FetchOptions,
  Source,
  SourceRequest,
  SourceResponse,
  SourceTimeouts,
} from "../../src/sources/source.ts";
import { type FaultOrigin, startFaultOrigin } from "./fault-origin.ts";
import type { Behaviour } from "./faults.ts";
import { type Origin, startOrigin } from "./origin.ts";

/** Makes the source under test for the origin at `url`. */
export type CreateSource = (url: string, timeouts: SourceTimeouts) => Source;

/** Limits that no test of something else runs into. */
export const PATIENT: SourceTimeouts = {
  connectMs: 5_000,
  firstByteMs: 5_000,
  idleMs: 5_000,
  totalMs: 10_000,
};

/** Asks for `/` by GET without fields unless told otherwise. */
export function ask(
  source: Source,
  request: Partial<SourceRequest> = {},
  options: Partial<FetchOptions> = {},
): Promise<SourceResponse> {
  const signal = options.signal ?? new AbortController().signal;
  return source.fetch(
    { method: "GET", target: "/", fields: [], ...request },
    { ...options, signal },
  );
}

/** The whole body. */
export async function read({ body }: SourceResponse): Promise<Buffer> {
  return Buffer.concat(await body.toArray());
}

/** A source with an origin that behaves; both are closed when the test is over. */
export async function withOrigin(
  create: CreateSource,
  timeouts: Partial<SourceTimeouts> = {},
): Promise<{ origin: Origin; source: Source }> {
  const origin = await startOrigin();
  return { origin, source: open(create, origin, timeouts) };
}

/** A source with an origin that does not; both are closed when the test is over. */
export async function withFault(
  create: CreateSource,
  behaviour: Behaviour,
  timeouts: Partial<SourceTimeouts> = {},
): Promise<{ origin: FaultOrigin; source: Source }> {
  const origin = await startFaultOrigin(behaviour);
  return { origin, source: open(create, origin, timeouts) };
}

function open(
  create: CreateSource,
  origin: { readonly url: string; stop(): Promise<void> },
  timeouts: Partial<SourceTimeouts>,
): Source {
  const source = create(origin.url, { ...PATIENT, ...timeouts });
  onTestFinished(async () => {
    await source.close();
    await origin.stop();
  });
  return source;
}
