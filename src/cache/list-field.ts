/** Comma-separated lists with quoted strings in them (RFC 9110 §5.6.1, §5.6.4). */

/** One member of a list, without the blanks around it. */
export interface ListMember {
  readonly text: string;
  /** Whether an unfinished quoted string came before: where this member begins and ends is then a guess. */
  readonly doubtful: boolean;
}

/** The members of one field line, without the empty ones (§5.6.1.2). */
export function listMembers(line: string): ListMember[] {
  return splitMembers(line).filter((member) => member.text !== "");
}

/**
 * One field line cut at the commas outside quoted strings. A quote that is never closed is an ordinary character, so that it cannot
 * hide what follows it.
 */
export function splitMembers(line: string): ListMember[] {
  const members: ListMember[] = [];
  let start = 0;
  let doubtful = false;
  for (let i = 0; i <= line.length; i++) {
    if (i === line.length || line[i] === ",") {
      members.push({ text: line.slice(start, i).trim(), doubtful });
      start = i + 1;
    } else if (line[i] === '"' && !doubtful) {
      const end = closingQuote(line, i + 1);
      if (end === -1) doubtful = true;
      else i = end;
    }
  }
  return members;
}

/** Where the quoted string that began before `from` ends, or -1. */
function closingQuote(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return -1;
}
