/**
 * A process whose files can hold so much only: `full-disk.ts <folder>`. Writes a small value, one that does not fit, and a small one again, and
 * prints what is held after the second and the third, and what was logged.
 */
import { openDiskCopies } from "../../src/items/disk.ts";
import { createItemStore } from "../../src/items/store.ts";
import { createLogger } from "../../src/logger.ts";
import { createSealer } from "../../src/store/seal.ts";

const [folder = ""] = process.argv.slice(2);
const lines: unknown[] = [];
const store = createItemStore({
  durable: {
    read: async () => undefined,
    write: async () => undefined,
    readTrouble: async () => undefined,
    writeTrouble: async () => undefined,
    close: () => undefined,
  },
  disk: openDiskCopies(folder),
  sealer: createSealer([Buffer.alloc(32, 1)]),
  logger: createLogger({
    level: "info",
    pretty: false,
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  }),
});
const identity = { path: "/a", fingerprint: "0".repeat(32) };
const held = async () => String((await store.read(identity))?.body);

await store.write(identity, { body: Buffer.from("small"), goodAt: 1 });
await store.write(identity, { body: Buffer.alloc(1_000_000), goodAt: 2 });
const whileFull = await held();
await store.write(identity, { body: Buffer.from("small again"), goodAt: 3 });
process.stdout.write(JSON.stringify({ whileFull, after: await held(), lines }));
