import { apart } from './apart.js';

/** A line that should have been understood and was not. */
export interface UnreadLine {
  /** 0 in the findings of one log. */
  readonly log: number;
  /** 1-based. */
  readonly line: number;
  /** The line, or as much of it as fits in a report. */
  readonly text: string;
}

const KEPT = 1000;
const SHOWN = 300;

/** The lines that could not be read: the first thousand of them, and the number of all. */
export class UnreadLines {
  readonly lines: UnreadLine[] = [];
  total = 0;

  /** The newest could be read after all. */
  withdraw(): void {
    if (this.lines.length === this.total) this.lines.pop();
    this.total--;
  }

  add(line: number, text: string): void {
    this.total++;
    if (this.lines.length < KEPT)
      this.lines.push({ log: 0, line, text: text.length > SHOWN ? `${apart(text.slice(0, SHOWN))}…` : text });
  }
}
