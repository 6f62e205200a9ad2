/** One line that somebody typed. */
export interface ReceivedLine {
  readonly text: string;
  /** The reader who typed it: `local`, or a client's name. */
  readonly from: string;
}

/** Lines wait here until kd reads them, which it does at its prompt only. */
export class Inbox {
  readonly #lines: ReceivedLine[] = [];
  /** No more lines will come from kd's own standard input. */
  ended = false;

  constructor(private readonly notify: () => void) {}

  get size(): number {
    return this.#lines.length;
  }

  put(line: ReceivedLine): void {
    this.#lines.push(line);
    this.notify();
  }

  take(): ReceivedLine | undefined {
    return this.#lines.shift();
  }

  /** Forgets what a client typed that has left. */
  forget(from: string): void {
    for (let at = this.#lines.length - 1; at >= 0; at--) if (this.#lines[at]?.from === from) this.#lines.splice(at, 1);
  }

  end(): void {
    this.ended = true;
    this.notify();
  }
}

/** The reader at kd's own standard input and output. */
export const local = 'local';
