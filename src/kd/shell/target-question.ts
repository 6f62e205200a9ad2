/** What a target says to be told that it is to go on: `Break, Ignore, …(biw…)?` */
const IGNORE = 'i';

/** A question of the target (DbgPrompt), which stands until it is answered. */
export class TargetQuestion {
  #resolve: ((answer: string) => void) | undefined;

  get open(): boolean {
    return this.#resolve !== undefined;
  }

  /** @param nobody is there who could answer */
  ask(nobody: boolean): Promise<string> {
    if (nobody) return Promise.resolve(IGNORE);
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Without an answer the target is told to ignore it. */
  answer(text = IGNORE): void {
    this.#resolve?.(text);
    this.#resolve = undefined;
  }
}
