/** One party waits, any other wakes it: news that came while nobody waited are not lost. */
export class Waiter {
  #news = false;
  #wake: (() => void) | undefined;

  notify(): void {
    this.#news = true;
    this.#wake?.();
  }

  /** Resolves on the next news, or after so many real milliseconds. */
  async wait(realMs: number): Promise<void> {
    if (!this.#news) {
      await new Promise<void>((resolve) => {
        const timer = realMs < 2 ** 31 ? setTimeout(resolve, realMs) : undefined;
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#wake = undefined;
    this.#news = false;
  }
}
