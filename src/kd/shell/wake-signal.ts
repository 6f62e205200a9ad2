/** Wakes whoever waits for something to happen. */
export class WakeSignal {
  #next = new AbortController();

  /** Fires at the next occasion. */
  get signal(): AbortSignal {
    return this.#next.signal;
  }

  wake(): void {
    this.#next.abort();
    this.#next = new AbortController();
  }

  next(): Promise<void> {
    const { signal } = this.#next;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
