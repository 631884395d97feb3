/**
 * Every key of ours in Redis, under one versioned prefix. What a part in braces says is the same for all keys that a command
 * or script touches together, so that they share a slot in a Cluster.
 */
import { hash } from "node:crypto";

/** Raised when stored forms change in a way that older processes cannot read. */
export const KEY_PREFIX = "wf1:";

/** What every entry key starts with; changes below it are announced to all processes. */
export const ENTRY_PREFIX = `${KEY_PREFIX}e:`;
/** What the keys of all pieces of large values start with. */
export const PIECE_PREFIX = `${KEY_PREFIX}p:`;
/** What every flight lock starts with; changes below it are announced to all processes. */
export const FLIGHT_PREFIX = `${KEY_PREFIX}f:`;

/** A stored value: its frame, and the value itself when it is small. `key` is the canonical key, of any length and content. */
export function entryKey(key: string): string {
  return `${ENTRY_PREFIX}{${digest(key)}}`;
}

/** One piece, from 0, of a large value. `write` names the write that made it, so that pieces of two writes never mix. */
export function pieceKey(entry: string, write: string, piece: number): string {
  return `${PIECE_PREFIX}${entry.slice(ENTRY_PREFIX.length)}:${write}:${piece}`;
}

/** Who fetches this key right now, or for a moment how the last fetch ended. */
export function flightKey(key: string): string {
  return `${FLIGHT_PREFIX}{${digest(key)}}`;
}

/** There while answers for this key proved not to be shareable: each caller fetches for itself. */
export function soloKey(key: string): string {
  return `${KEY_PREFIX}s:{${digest(key)}}`;
}

/** BullMQ's `prefix` for a queue: all keys of one queue share a slot, queues spread over slots. */
export function queuePrefix(queue: string): string {
  return `${KEY_PREFIX}{${queue}}`;
}

/** What BullMQ puts before the id of a job of this queue: the key of its record; `:lock` after the id is the key of its lock. */
export function jobKeyPrefix(queue: string): string {
  return `${queuePrefix(queue)}:${queue}:`;
}

/** The keys of a queue's lanes. They share BullMQ's slot and stay out of its key space, which it scans. */
export function laneKeys(queue: string) {
  const prefix = `${queuePrefix(queue)}:lane:${queue}:`;
  return {
    /** What the keys that belong to one job start with. */
    prefix,
    /** Tickets of one lane: ids of unfinished jobs by the number that each drew. */
    lane: (name: string) => `${prefix}u:${name}`,
    /** Names of the lanes that hold tickets. */
    lanes: `${prefix}lanes`,
    /** Ids of delayed jobs that wait for their turn, and not for their next attempt. */
    parked: `${prefix}parked`,
    /** The last number drawn. */
    numbers: `${prefix}seq`,
    /** There while the fleet needs no look at the lanes. */
    swept: `${prefix}swept`,
    /** Somebody wishes that the job ends. */
    cancel: (id: string) => `${prefix}cancel:${id}`,
    /** How often the job had been lost when it last ran alone. */
    chance: (id: string) => `${prefix}chance:${id}`,
    /** The job has written its result. */
    done: (id: string) => `${prefix}done:${id}`,
    /** Channel on which workers hear of cancelled jobs. */
    cancels: `${prefix}cancels`,
  } as const;
}

/** SHA-256: two keys that an attacker could make collide would swap answers. */
function digest(key: string): string {
  return hash("sha256", key, "base64url");
}

/** The purges that count, oldest first: a stream in the queue role, where nothing is evicted. */
export const PURGE_LOG = `${KEY_PREFIX}{purges}:log`;

/** What operators did to the cache, oldest first: a capped stream beside the purges. */
export const PURGE_AUDIT = `${KEY_PREFIX}{purges}:audit`;

/** There while everything may not be purged again. */
export const PURGE_ALL_PAUSE = `${KEY_PREFIX}{purges}:pause`;

/** The removals of one run of the reaper: a list in the queue role. */
export function reapRunKey(run: string): string {
  return `${KEY_PREFIX}{reap}:run:${run}`;
}

/** The runs of the reaper that have a record, by when they began. */
export const REAP_RUNS = `${KEY_PREFIX}{reap}:runs`;

/** What all runs of the reaper together did: a hash of counters. */
export const REAP_TOTALS = `${KEY_PREFIX}{reap}:totals`;

/** The repositories that the reaper could not see, and how often in a row. */
export const REAP_SIGHTINGS = `${KEY_PREFIX}{reap}:sightings`;

/** A session of a signed-in visitor; `name` is the digest of its id. */
export function sessionKey(name: string): string {
  return `${KEY_PREFIX}session:${name}`;
}

/** The names of a visitor's sessions, by when each ends. */
export function sessionsOfKey(visitorId: number): string {
  return `${KEY_PREFIX}sessions:${visitorId}`;
}

/** There once a begun sign-in has been finished, or tried to. */
export function usedSignInKey(state: string): string {
  return `${KEY_PREFIX}sign-in:${digest(state)}`;
}

/** Who wishes that no reports are made about them: GitHub logins, in lower case. */
export const OPTED_OUT = `${KEY_PREFIX}opted-out`;

/** How the last run of each schedule of a queue ended: a hash beside the queue. */
export function scheduleRunsKey(queue: string): string {
  return `${queuePrefix(queue)}:schedules`;
}

/** The last good value of an item, sealed: a string in the queue role. */
export function itemKey(path: string): string {
  return `${KEY_PREFIX}i:{${digest(path)}}`;
}

/** What the last question to the source of an item failed with, in whichever process. */
export function itemTroubleKey(path: string): string {
  return `${itemKey(path)}:trouble`;
}

/** A sealed secret that jobs refer to; it expires. */
export function sealedKey(reference: string): string {
  return `${KEY_PREFIX}sealed:{${reference}}`;
}

/** What operators did to queues and jobs, oldest first: a capped stream in the queue role. */
export const JOB_AUDIT = `${KEY_PREFIX}{jobs}:audit`;

/** What is known of a source's budget: all of it in one slot. */
export function budgetKeys(source: string) {
  const prefix = `${KEY_PREFIX}{budget:${digest(source)}}:`;
  return {
    /** Its breaker and its rate. */
    source: `${prefix}source`,
    /** The requests under way, by when they count as lost. */
    underWay: `${prefix}under-way`,
    /** Names of its pools, by when each is forgotten. */
    pools: `${prefix}pools`,
    /** What it said of one pool. */
    pool: (name: string) => `${prefix}pool:${digest(name)}`,
  } as const;
}

/** What the worker processes last said of themselves: a hash in the queue role. */
export const WORKER_BEATS = `${KEY_PREFIX}{workers}:beats`;

/** How often somebody did something within the present window. */
export function quotaKey(what: string, who: string): string {
  return `${KEY_PREFIX}quota:${what}:${who}`;
}

/** Reports, beside the queue that makes them: they are written with the lock of a job. */
export function reportKeys(login: string) {
  const prefix = `${queuePrefix("report")}:made:`;
  return {
    /** One report: what it is, and what can be told of it without reading it. */
    report: (period: string, options: string) => `${prefix}r:${login}:${period}:${options}`,
    /** The keys of all reports about the login. */
    all: `${prefix}of:${login}`,
  } as const;
}

/** Reports with something missing that may be had later, beside the queue: when each is worth another try, and how often it was tried. */
export const REPORT_FOLLOW_UPS = {
  due: `${queuePrefix("report")}:partial:due`,
  tries: `${queuePrefix("report")}:partial:tries`,
} as const;
