/** Lines that were typed and wait for kd to read them, which it does at its prompt only. */
export class Input {
  readonly #lines: string[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  put(line: string): void {
    this.#lines.push(line);
    this.#wake?.();
  }

  /** Lines that come before everything that waits already. */
  putFirst(lines: readonly string[]): void {
    this.#lines.unshift(...lines);
    this.#wake?.();
  }

  /** No more lines will be typed. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  get ended(): boolean {
    return this.#ended && this.#lines.length === 0;
  }

  /** The next line; undefined when the signal fires first, or when no more will come. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#ended && !signal.aborted) {
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
