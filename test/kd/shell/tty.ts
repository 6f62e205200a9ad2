import { PassThrough, Writable } from 'node:stream';

/** A terminal as a person sees it: as much of one as a line editor uses. */
export class Tty {
  readonly columns: number;
  readonly input = Object.assign(new PassThrough(), {
    raw: false,
    setRawMode(on: boolean) {
      this.raw = on;
    },
  });
  readonly output: Writable & { columns: number };
  #rows: string[][] = [[]];
  #x = 0;
  #y = 0;
  #text = '';

  constructor(columns = 80) {
    this.columns = columns;
    const write = (text: string): void => this.#write(text);
    this.output = Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          write(String(chunk));
          done();
        },
      }),
      { columns },
    );
  }

  /** What is on the screen. */
  get lines(): string[] {
    return this.#rows.map((row) =>
      Array.from(row, (char) => char ?? ' ')
        .join('')
        .trimEnd(),
    );
  }

  /** The last lines that are not empty. */
  last(count = 1): string[] {
    const lines = this.lines;
    while (lines.at(-1) === '') lines.pop();
    return lines.slice(-count);
  }

  get cursor(): number {
    return this.#x;
  }

  /** Presses keys. */
  async keys(text: string): Promise<void> {
    this.input.write(Buffer.from(text, 'utf8'));
    // An escape sequence is complete, or a key of its own after a moment.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  #write(text: string): void {
    this.#text += text;
    for (;;) {
      const match = /^(?:\x1b\[([0-9;]*)([A-Z])|\r|\n|[^\x1b\r\n])/u.exec(this.#text);
      if (!match) return;
      this.#text = this.#text.slice(match[0].length);
      if (match[2]) this.#control(match[2], (match[1] ?? '').split(';').map(Number));
      else if (match[0] === '\r') this.#x = 0;
      else if (match[0] === '\n') this.#newLine();
      else this.#put(match[0]);
    }
  }

  #put(char: string): void {
    if (this.#x === this.columns) this.#newLine();
    const row = this.#row();
    row[this.#x++] = char;
  }

  // The output of a terminal in raw mode still ends its lines.
  #newLine(): void {
    this.#x = 0;
    this.#y++;
    this.#row();
  }

  #row(): string[] {
    while (this.#rows.length <= this.#y) this.#rows.push([]);
    return this.#rows[this.#y] as string[];
  }

  #control(letter: string, [first = 0, second = 0]: number[]): void {
    const count = Math.max(1, first);
    if (letter === 'A') this.#y = Math.max(0, this.#y - count);
    else if (letter === 'B') this.#y += count;
    else if (letter === 'C') this.#x += count;
    else if (letter === 'D') this.#x = Math.max(0, this.#x - count);
    else if (letter === 'G') this.#x = count - 1;
    else if (letter === 'H') [this.#y, this.#x] = [count - 1, Math.max(1, second) - 1];
    else if (letter === 'J' || letter === 'K') {
      this.#row().length = Math.min(this.#row().length, this.#x);
      if (letter === 'J') this.#rows.length = this.#y + 1;
    } else throw new Error(`CSI ${letter}`);
  }
}
