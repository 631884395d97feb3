/** Copies of values on this machine, for the day on which Redis is gone. */
import { hash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, SetupError } from "../errors.ts";
import { HEAD_BYTES, readHead } from "./record.ts";

export interface DiskCopies {
  /** Undefined when there is none. Rejects when it cannot be read. */
  read(path: string): Promise<Buffer | undefined>;
  /** Replaces the copy in one step, unless that is of the same source and newer. Rejects, and leaves the old copy as it is. */
  write(path: string, packed: Buffer): Promise<void>;
  /** Puts a copy that is of no use aside, where a person may look at it. */
  quarantine(path: string): Promise<void>;
}

const TEMPORARY = /^\.[\da-f]{32}$/;
const LEFT_OVER_MS = 600_000;

/** Makes the folder and tries it. Throws a `SetupError` when nothing can be written there; a disk that is full now may not be so later. */
export function openDiskCopies(folder: string): DiskCopies {
  prepare(folder);
  const fileOf = (path: string) => join(folder, `${hash("sha256", path)}.item`);
  return {
    read: (path) => readFile(fileOf(path)).catch(unlessMissing),
    async write(path, packed) {
      const file = fileOf(path);
      if (await holdsNewer(file, packed)) return;
      await replace(folder, file, packed);
    },
    quarantine: (path) => rename(fileOf(path), `${fileOf(path)}.corrupt`),
  };
}

function prepare(folder: string): void {
  const trial = join(folder, temporaryName());
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    mkdirSync(trial);
    rmSync(trial, { recursive: true });
    removeLeftOvers(folder);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? messageOf(thrown);
    if (code === "ENOSPC" || code === "EDQUOT") return;
    throw new SetupError(
      `Cannot start: copies of items cannot be written to ${folder} (${code}).\nMake that folder writable for this user, or set cache_dir to another one.`,
      { cause: thrown },
    );
  }
}

/** What processes that were killed have left. */
function removeLeftOvers(folder: string): void {
  for (const name of readdirSync(folder).filter((each) => TEMPORARY.test(each))) {
    const file = join(folder, name);
    const age = Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > LEFT_OVER_MS) rmSync(file, { recursive: true, force: true });
  }
}

function temporaryName(): string {
  return `.${randomBytes(16).toString("hex")}`;
}

/** Another process on this machine may have been quicker. */
async function holdsNewer(file: string, packed: Buffer): Promise<boolean> {
  const held = await withFile(file, "r", async (handle) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return readHead(buffer.subarray(0, bytesRead));
  }).catch(unlessMissing);
  const ours = readHead(packed);
  if (held === undefined || ours === undefined || held.fingerprint !== ours.fingerprint)
    return false;
  return held.goodAt > ours.goodAt && held.goodAt <= Date.now();
}

/** Readers see the old copy or the new one, whole, also after the machine lost power in between. */
async function replace(folder: string, file: string, packed: Buffer): Promise<void> {
  const temporary = join(folder, temporaryName());
  try {
    await withFile(temporary, "wx", async (handle) => {
      await handle.writeFile(packed);
      await handle.sync();
    });
    await rename(temporary, file);
  } catch (failure) {
    await rm(temporary, { force: true });
    throw failure;
  }
  await withFile(folder, "r", (handle) => handle.sync());
}

async function withFile<T>(
  path: string,
  flags: string,
  act: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(path, flags, 0o400);
  try {
    return await act(handle);
  } finally {
    await handle.close();
  }
}

function unlessMissing(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code !== "ENOENT") throw thrown;
}
