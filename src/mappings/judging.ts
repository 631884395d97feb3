/** Judges every mapping of a census: one look at the forge for each repository. */
import type { StrikeLimits } from "../config/reap.ts";
import type { Instant } from "../fields.ts";
import { type Census, type Claim, mappingOf } from "./census.ts";
import type { Forge } from "./forge.ts";
import { type Mapping, repositoryOf } from "./mapping.ts";
import { eachLimited } from "./pool.ts";
import { isForgotten, isGone, missedAgain, type Sighting } from "./sightings.ts";
import { RunStopped } from "./summary.ts";
import type { Tally } from "./tally.ts";
import { fateOf, judge, type Look, type Verdict } from "./verdict.ts";

export interface DeadMapping {
  readonly mapping: Mapping;
  readonly verdict: Verdict;
}

/** The dead of each repository, by `user/repo`. */
export type Dead = ReadonlyMap<string, readonly DeadMapping[]>;

export interface Judged {
  readonly dead: Dead;
  /** Repositories asked about, and those of them that stayed unjudged. */
  readonly asked: number;
  readonly unsure: number;
  readonly sightings: ReadonlyMap<string, Sighting | undefined>;
}

export interface Judging {
  readonly forge: Forge;
  /** Whether a repository that is not to be seen is not there. */
  readonly seesAll: boolean;
  readonly sightings: ReadonlyMap<string, Sighting>;
  readonly strikes: StrikeLimits;
  readonly concurrency: number;
  readonly now: Instant;
  readonly signal: AbortSignal;
  /** What DNS says of the owner of a live main domain; absent when it is not asked. */
  readonly prove?: (mapping: Mapping) => Promise<string>;
}

/** So many questions without an answer in a row, and the forge is down. */
const FAILURES_IN_A_ROW = 20;

export async function judgeAll(census: Census, judging: Judging, tally: Tally): Promise<Judged> {
  const { forge, concurrency, signal } = judging;
  for (const { domain, because } of census.malformed) {
    tally.line({ domain, verdict: "malformed", action: "kept", detail: because });
    tally.judged();
  }
  const dead = new Map<string, DeadMapping[]>();
  const sightings = new Map<string, Sighting | undefined>();
  let unsure = 0;
  let failuresInARow = 0;
  await eachLimited(census.repositories, concurrency, async ([repository, claims]) => {
    signal.throwIfAborted();
    const look = await forge.look(repository, signal);
    if (look.found === "unauthorized") throw new RunStopped("The forge refused the token.");
    failuresInARow = look.found === "nothing" ? failuresInARow + 1 : 0;
    if (failuresInARow >= FAILURES_IN_A_ROW)
      throw new RunStopped("The forge gives no usable answers any more.");
    if (look.found === "nothing" || look.found === "forbidden") unsure += 1;
    const patience = awaitGone(repository, look, judging, sightings);
    const gone = await judgeRepository(repository, claims, { look, patience }, judging, tally);
    if (gone.length > 0) dead.set(repository, gone);
  });
  return { dead, asked: census.repositories.size, unsure, sightings };
}

/** What is still missing before a repository that is not to be seen counts as gone; undefined when nothing. */
function awaitGone(
  repository: string,
  look: Look,
  { seesAll, sightings, strikes, now }: Judging,
  changes: Map<string, Sighting | undefined>,
): string | undefined {
  const known = sightings.get(repository);
  const before = known !== undefined && isForgotten(known, now, strikes) ? undefined : known;
  if (look.found === "nothing" || look.found === "forbidden") return undefined;
  if (look.found !== "no-repository" || seesAll) {
    if (known !== undefined) changes.set(repository, undefined);
    return undefined;
  }
  const sighting = missedAgain(before, now);
  changes.set(repository, sighting);
  if (isGone(sighting, strikes)) return undefined;
  const since = new Date(sighting.firstAt).toISOString();
  return `it could be private: not seen ${sighting.count} of ${strikes.count} times since ${since}`;
}

async function judgeRepository(
  repository: string,
  claims: readonly Claim[],
  { look, patience }: { readonly look: Look; readonly patience: string | undefined },
  { prove }: Judging,
  tally: Tally,
): Promise<DeadMapping[]> {
  const dead: DeadMapping[] = [];
  for (const claim of claims) {
    const mapping = mappingOf(repository, claim);
    const verdict = judge(mapping, look);
    tally.judged();
    if (fateOf(verdict) === "dead") {
      if (patience === undefined) dead.push({ mapping, verdict });
      else tally.line({ ...lineOf(mapping, verdict, patience), action: "waiting" });
      continue;
    }
    const isProvable = verdict.kind === "alive" && claim.branch === undefined;
    const proof = isProvable ? await prove?.(mapping) : undefined;
    if (proof !== undefined) tally.proof(proof);
    const detail = proof === undefined ? verdict.detail : `ownership in DNS: ${proof}`;
    tally.line({ ...lineOf(mapping, verdict, detail), action: "kept" });
  }
  return dead;
}

export function lineOf(mapping: Mapping, { kind }: Verdict, detail: string | undefined) {
  const { domain, branch } = mapping;
  return {
    domain,
    repository: repositoryOf(mapping),
    ...(branch !== undefined && { branch }),
    verdict: kind,
    ...(detail !== undefined && { detail }),
  };
}
