/** One line that somebody typed. */
export interface InputLine {
  readonly text: string;
  /** The client of the shared pipe who typed it; undefined for kd's own input. */
  readonly from?: string | undefined;
}

/** Lines that were typed and wait for kd to read them, which it does at its prompt only. */
export class Input {
  #lines: InputLine[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  put(line: InputLine): void {
    this.#lines.push(line);
    this.#wake?.();
  }

  /** Lines that come before everything that waits already. */
  putFirst(lines: readonly string[]): void {
    this.#lines.unshift(...lines.map((text) => ({ text })));
    this.#wake?.();
  }

  /** Forgets what a client typed that has left. */
  forget(from: string): void {
    this.#lines = this.#lines.filter((line) => line.from !== from);
  }

  /** No more lines will come from kd's own input. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  get ended(): boolean {
    return this.#ended && this.#lines.length === 0;
  }

  /**
   * The next line; undefined when the signal fires first, or when no more will come.
   * @param others others may type as well, also when kd's own input has ended
   */
  async next(signal: AbortSignal, others: boolean): Promise<InputLine | undefined> {
    while (this.#lines.length === 0 && (others || !this.#ended) && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.#wake = undefined;
          signal.removeEventListener('abort', done);
          resolve();
        };
        this.#wake = done;
        signal.addEventListener('abort', done, { once: true });
      });
    }
    return signal.aborted ? undefined : this.#lines.shift();
  }
}
