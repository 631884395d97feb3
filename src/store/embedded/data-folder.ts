import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, relative } from "node:path";
import { messageOf, SetupError } from "../../errors.ts";

/** Makes a folder that only this user may enter; a fault is told in terms of DATA_DIR. */
export function makeFolder(folder: string): void {
  inDataFolder(folder, () => {
    makeWithParents(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
  });
}

/** Node's own recursive form calls every fault of a read-only file system ENOENT. */
function makeWithParents(folder: string): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeWithParents(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another start may have been quicker.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Runs what writes to `folder`; a fault of the file system becomes a message for the person who chose DATA_DIR. */
export function inDataFolder<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof SetupError) throw error;
    const because = FAULTS[(error as NodeJS.ErrnoException).code ?? ""] ?? messageOf(error);
    throw new SetupError(cannotUse(folder, because), { cause: error });
  }
}

export function cannotUse(folder: string, because: string): string {
  return `Cannot start: ${displayPath(folder)} ${because}. Repair that, or set DATA_DIR to another folder.`;
}

export const DISK_FULL = "is on a full disk";

const FAULTS: Record<string, string> = {
  EACCES: "cannot be written by this user",
  EPERM: "cannot be written by this user, or its file system knows no hard links",
  EROFS: "is on a read-only file system",
  ENOSPC: DISK_FULL,
  EDQUOT: DISK_FULL,
  ENOTDIR: "needs a folder where there is a file",
  EEXIST: "needs a folder where there is a file",
  ENOTSUP: "is on a file system that knows no hard links",
  ENOSYS: "is on a file system that knows no hard links",
};

/** As a person would type it: from the working directory when below it. */
export function displayPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : `./${short}`;
}
