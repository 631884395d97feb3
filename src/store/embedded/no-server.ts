import { SetupError } from "../../errors.ts";
import type { ServerSearch } from "./find-server.ts";

/** The start has no server program: says what was looked for and how to get one on this system. */
export function noServer(
  { missing }: ServerSearch,
  platform: string,
  osRelease: string,
): SetupError {
  const system = describeSystem(platform, osRelease);
  return new SetupError(
    [
      "Cannot start: no job store.",
      "Jobs and cache live in Valkey or Redis 6.2 or newer. Looked for:",
      ...missing.map(({ name, because }) => row(name, because)),
      "Run script/bootstrap, or install one yourself, then run npm start again:",
      ...(system === undefined ? [] : [row(...system)]),
      "Or use a server you have:   REDIS_URL=redis://127.0.0.1:6379 npm start",
    ].join("\n"),
  );
}

function row(left: string, right: string): string {
  return `  ${left.padEnd(22)}${right}`;
}

/** The system's name and its line; `osRelease` is the text of `/etc/os-release`, empty where there is none. */
function describeSystem(platform: string, osRelease: string): [string, string] | undefined {
  if (platform === "darwin") return ["macOS", "brew install valkey"];
  if (platform === "win32") return ["Windows", "run inside WSL (Ubuntu 24.04), then as there"];
  const field = (name: string) =>
    new RegExp(`^${name}="?([^"\n]*)`, "m").exec(osRelease)?.[1] ?? "";
  const [id, version] = [field("ID"), field("VERSION_ID")];
  const kind = [id, ...field("ID_LIKE").split(" ")].find((each) => each in INSTALL);
  if (kind === undefined) return undefined;
  const name = `${field("NAME").replace(/ (GNU\/)?Linux/, "")} ${version}`.trim();
  // A derivative counts its versions its own way.
  return [name, INSTALL[kind]?.(id === kind ? Number.parseFloat(version) : Number.NaN) ?? ""];
}

const TOO_OLD = "its redis is too old: use another server through REDIS_URL";

/** How each family installs a server; the version is not a number where it is unknown. */
const INSTALL: Record<string, (version: number) => string> = {
  alpine: () => "apk add valkey",
  debian: (version) => {
    if (version < 12) return TOO_OLD;
    return `sudo apt install ${version >= 13 ? "valkey-server" : "redis-server"}`;
  },
  fedora: () => "sudo dnf install valkey",
  ubuntu: (version) => (version < 24 ? TOO_OLD : "sudo apt install redis-server"),
};
