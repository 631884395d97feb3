import { appendFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRunId, type Journal, type JournalLine, startOfRun } from "./journal.ts";
import type { Sighting } from "./sightings.ts";

const OWNER_ONLY = 0o600;

/** A journal in a folder: one file of JSON lines for each run, and one file of sightings. The folder is made when something is written. */
export function createFileJournal(folder: string): Journal {
  const runsFolder = join(folder, "runs");
  const makeFolder = () => mkdir(runsFolder, { recursive: true, mode: 0o700 });
  const sightingsFile = join(folder, "sightings.json");
  const fileOf = (run: string) => {
    if (!isRunId(run)) throw new Error("That is not the id of a run.");
    return join(runsFolder, `${run}.jsonl`);
  };
  const runs = async () => {
    const names = await readdir(runsFolder).catch(noneIfAbsent);
    return names
      .map((name) => name.replace(/\.jsonl$/, ""))
      .filter(isRunId)
      .sort()
      .reverse();
  };
  const sightings = async () =>
    new Map<string, Sighting>(Object.entries(JSON.parse(await readIfThere(sightingsFile, "{}"))));
  return {
    async append(run, lines) {
      await makeFolder();
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      await appendFile(fileOf(run), text, { mode: OWNER_ONLY, flush: true });
    },
    read: async (run) => parseLines(await readIfThere(fileOf(run), "")),
    runs,
    sightings,
    async saveSightings(changes) {
      if (changes.size === 0) return;
      await makeFolder();
      const all = await sightings();
      for (const [repository, sighting] of changes) {
        if (sighting === undefined) all.delete(repository);
        else all.set(repository, sighting);
      }
      const next = `${sightingsFile}.new`;
      await writeFile(next, JSON.stringify(Object.fromEntries(all)), {
        mode: OWNER_ONLY,
        flush: true,
      });
      await rename(next, sightingsFile);
    },
    async prune(before) {
      for (const run of await runs()) {
        if (startOfRun(run) < before) await rm(fileOf(run), { force: true });
      }
    },
  };
}

/** A last line without its end was cut by a crash: what it was to say has not happened. */
function parseLines(text: string): JournalLine[] {
  const lines = text.split("\n");
  lines.pop();
  return lines.map((line) => JSON.parse(line) as JournalLine);
}

async function readIfThere(path: string, otherwise: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === "ENOENT") return otherwise;
    throw failure;
  }
}

function noneIfAbsent(failure: NodeJS.ErrnoException): string[] {
  if (failure.code === "ENOENT") return [];
  throw failure;
}
