/** The key that the data folder of the embedded store holds when none is configured. */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../errors.ts";
import { displayPath, inDataFolder, makeFolder } from "./embedded/data-folder.ts";

const KEY_BYTES = 32;
const FILE = "secret-key";

/** The key in `dataDir/secret-key`, or undefined when there is no such file. Throws a `SetupError` when it cannot be used. */
export function keyIn(dataDir: string): Buffer | undefined {
  const path = join(dataDir, FILE);
  const text = inDataFolder(dataDir, () => readIfThere(path));
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), "base64");
  if (key.length === KEY_BYTES) return key;
  throw new SetupError(
    `Cannot start: ${displayPath(path)} does not hold a key.\nBring the file back from a copy. Without it what was sealed is lost: then delete the file, and another key is made.`,
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
}

/** Makes that file, for this user alone, and whole on the disk before anything is sealed. Throws a `SetupError`. */
export function makeKeyIn(dataDir: string): Buffer {
  const path = join(dataDir, FILE);
  const key = randomBytes(KEY_BYTES);
  makeFolder(dataDir);
  inDataFolder(dataDir, () => {
    const file = openSync(`${path}.new`, "w", 0o600);
    try {
      writeFileSync(file, `${key.toString("base64")}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.new`, path);
  });
  return key;
}
