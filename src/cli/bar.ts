/** A progress bar on a terminal; nothing anywhere else. */

export interface BarOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface Bar {
  /** Draws, ten times a second at most. */
  show(done: number, all: number, words: string): void;
  /** Wipes it, for lines that are to stay. */
  hide(): void;
}

const BAR_MS = 100;
const WIDTH = 30;
/** Back to the start of the line, and wipe it. */
const WIPE = "\r\u001b[K";

export function createBar(output: BarOutput): Bar {
  let shownAt = Number.NEGATIVE_INFINITY;
  let isShown = false;
  return {
    show(done, all, words) {
      const now = performance.now();
      if (output.isTTY !== true || now - shownAt < BAR_MS) return;
      shownAt = now;
      isShown = true;
      const filled = all === 0 ? 0 : Math.round((WIDTH * Math.min(done, all)) / all);
      output.write(`${WIPE}[${"#".repeat(filled).padEnd(WIDTH, "-")}] ${words}`);
    },
    hide() {
      if (isShown) output.write(WIPE);
      isShown = false;
    },
  };
}
