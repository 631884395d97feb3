import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { SetupError } from "../../errors.ts";
import { displayPath, inDataFolder } from "./data-folder.ts";
import { identityOf } from "./process.ts";

interface Owner {
  readonly pid: number;
  /** Tells the process from a later one with the same id. */
  readonly identity: string;
  /** Process ids mean nothing on another host, or in another container. */
  readonly host: string;
}

export interface Ownership {
  /** False when someone took the folder over or removed it. */
  holds(): boolean;
  release(): void;
}

/**
 * Makes this process the only one that runs a store in `folder`. Redis does not lock its folder: two servers
 * would write into one file.
 */
export function takeOwnership(folder: string): Ownership {
  const file = join(folder, "owner.json");
  const me: Owner = {
    pid: process.pid,
    identity: identityOf(process.pid) ?? "unknown",
    host: hostname(),
  };
  inDataFolder(folder, () => acquire(file, me));
  const holds = () => isSame(read(file), me);
  return {
    holds,
    release: () => {
      if (holds()) rmSync(file, { force: true });
    },
  };
}

function acquire(file: string, me: Owner): void {
  for (let attempt = 0; attempt < 10; attempt++) {
    if (create(file, me)) return;
    const owner = read(file);
    if (owner !== undefined && mayLive(owner)) throw inUse(file, owner);
    bury(file);
  }
  throw new SetupError(`Cannot start: ${displayPath(file)} cannot be replaced. Delete it.`);
}

/** A hard link appears at once with its content, or fails because there is one. */
function create(file: string, owner: Owner): boolean {
  const draft = `${file}.${owner.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a dead owner's file away; puts it back when another start was quicker and it is a living one's by now. */
function bury(file: string): void {
  const grave = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, grave);
  } catch {
    return;
  }
  const buried = read(grave);
  try {
    if (buried !== undefined && mayLive(buried)) linkSync(grave, file);
  } catch {
    // A third start has the folder: the owner whose file this was finds out from `holds`.
  } finally {
    rmSync(grave, { force: true });
  }
}

function read(file: string): Owner | undefined {
  try {
    const { pid, identity, host } = JSON.parse(readFileSync(file, "utf8"));
    return { pid: Number(pid), identity: String(identity), host: String(host) };
  } catch {
    return undefined;
  }
}

function mayLive({ pid, identity, host }: Owner): boolean {
  return host !== hostname() || identityOf(pid) === identity;
}

function isSame(one: Owner | undefined, other: Owner): boolean {
  return one?.pid === other.pid && one.identity === other.identity && one.host === other.host;
}

function inUse(file: string, { pid, host }: Owner): SetupError {
  const [folder, here] = [displayPath(dirname(file)), host === hostname()];
  const owner = here ? `process ${pid}` : `process ${pid} on ${host}`;
  const hint = here ? "" : ` If nothing runs there any more, delete ${displayPath(file)}.`;
  return new SetupError(
    `Cannot start: ${folder} is in use by another copy (${owner}). Stop it, or set DATA_DIR to another folder.${hint}`,
  );
}
