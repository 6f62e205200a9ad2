/** A text of several lines that stays at its place on a terminal and is drawn anew when it changes. */
export class LiveText {
  #shown = '';
  #lines = 0;

  constructor(private readonly terminal: NodeJS.WriteStream) {}

  show(text: string): void {
    if (text === this.#shown) return;
    this.terminal.write(`${this.#back()}${text.replaceAll('\n', '\x1b[K\n')}\x1b[K\n\x1b[J`);
    this.#shown = text;
    this.#lines = text.split('\n').length;
  }

  clear(): void {
    if (this.#lines > 0) this.terminal.write(`${this.#back()}\x1b[J`);
    this.#lines = 0;
    this.#shown = '';
  }

  #back(): string {
    return this.#lines > 0 ? `\x1b[${this.#lines}A\r` : '';
  }
}
