import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Starts "$@" and holds the pipe to this process at the same time: when this process is gone, however it
 * ended, the pipe ends, and the server gets SIGTERM and writes what it must keep.
 */
const GUARD = `
trap '' HUP INT
/bin/sh -c 'echo $$ >"$GUARD_PIDFILE"; exec "$@"' store-server "$@" </dev/null & S=$!
trap 'kill -TERM $S 2>/dev/null' TERM
exec 3<&0
( while read -r _; do :; done; kill -TERM $S 2>/dev/null ) <&3 & W=$!
exec 3<&- 0</dev/null
while :; do wait $S; RC=$?; kill -0 $S 2>/dev/null || break; done
kill $W 2>/dev/null; rm -f "$GUARD_PIDFILE"; exit $RC
`;

const KILL_AFTER_MS = 10_000;

export interface GuardedServer {
  /** Resolves when the server, or its guard, is gone. */
  readonly exited: Promise<void>;
  hasExited(): boolean;
  /** The end of what it wrote to standard error. */
  errorOutput(): string;
  /** Lets the server write what it must keep and leave; kills it when it takes too long. */
  stop(): Promise<void>;
}

interface GuardedCommand {
  readonly command: readonly string[];
  readonly folder: string;
  /** Holds the server's process id while it runs. */
  readonly pidFile: string;
}

/** Starts a server that does not outlive this process. In a session of its own, so that Ctrl-C reaches only us. */
export function spawnGuarded({ command, folder, pidFile }: GuardedCommand): GuardedServer {
  const guard = spawn("/bin/sh", ["-c", GUARD, "store-guard", ...command], {
    cwd: folder,
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
    // Valkey refuses to start in a locale that the system has not generated.
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", GUARD_PIDFILE: pidFile },
  });
  let gone = false;
  let errors = "";
  guard.stderr.on("data", (chunk) => {
    errors = (errors + chunk).slice(-2_000);
  });
  guard.stdin.on("error", () => undefined);
  guard.unref();
  const exited = new Promise<void>((resolve) => {
    const settle = () => {
      gone = true;
      guard.stdin.destroy();
      resolve();
    };
    guard.once("error", (error) => {
      errors = error.message;
      settle();
    });
    guard.once("exit", settle);
  });
  const stop = async () => {
    guard.ref();
    guard.stdin.end();
    const timer = setTimeout(() => killServer(pidFile), KILL_AFTER_MS);
    await exited;
    clearTimeout(timer);
  };
  return { exited, hasExited: () => gone, errorOutput: () => errors.trim(), stop };
}

/** The process id that a guard wrote down. */
export function readPidFile(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

function killServer(pidFile: string): void {
  const pid = readPidFile(pidFile);
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It left in the meantime.
  }
}
