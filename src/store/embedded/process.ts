import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * What tells this process from a later one with the same id: its start time, as the system writes it.
 * `undefined` for a process that is gone, a zombie, or out of sight.
 */
export function identityOf(pid: number): string | undefined {
  if (process.platform !== "linux") return ps("lstart=", pid);
  const stat = readProc(pid, "stat");
  // The name in parentheses may hold spaces; the state is the first field after it, the start time the twentieth.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" ? undefined : fields[19];
}

/** The command line, or the title that the process gave itself; empty for none. */
export function titleOf(pid: number): string {
  if (process.platform !== "linux") return ps("command=", pid) ?? "";
  return readProc(pid, "cmdline");
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

function ps(column: string, pid: number): string | undefined {
  try {
    const options = { encoding: "utf8", env: { LC_ALL: "C" }, stdio: "pipe" } as const;
    return execFileSync("/bin/ps", ["-o", column, "-p", String(pid)], options).trim() || undefined;
  } catch {
    return undefined;
  }
}
