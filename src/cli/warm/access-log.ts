/** What was asked most, of an access log in the common or combined format. */

/** Different targets that are counted; more are passed over. */
const MOST_TARGETS = 1_000_000;

/** `host ident user [time] "GET target HTTP/1.1" status bytes …` */
const LINE = /^\S+ \S+ .*?\[[^\]]*\] "(GET|HEAD) (\S+) HTTP\/\d(?:\.\d)?" (\d{3}) /;

/** The target of a line that tells of a read that went well. */
export function targetOfLine(line: string): string | undefined {
  const [, , target, status = ""] = LINE.exec(line) ?? [];
  return /^(?:2\d\d|304)$/.test(status) ? target : undefined;
}

export interface AskedMost {
  /** The most asked first. */
  readonly targets: readonly string[];
  readonly lines: number;
  /** Lines that tell of no read that went well, or cannot be read. */
  readonly passedOver: number;
}

/** `lines`: of the log, without their ends. */
export async function readAccessLog(lines: AsyncIterable<string>): Promise<AskedMost> {
  const counts = new Map<string, number>();
  let read = 0;
  let passedOver = 0;
  for await (const line of lines) {
    if (line === "") continue;
    read += 1;
    const target = targetOfLine(line);
    const count = target === undefined ? undefined : counts.get(target);
    if (target === undefined || (count === undefined && counts.size >= MOST_TARGETS))
      passedOver += 1;
    else counts.set(target, (count ?? 0) + 1);
  }
  const targets = [...counts].toSorted((a, b) => b[1] - a[1]).map(([target]) => target);
  return { targets, lines: read, passedOver };
}
