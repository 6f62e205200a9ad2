/** One line that somebody typed. */
export interface TypedLine {
  readonly text: string;
  /** The reader who typed it: `local`, or a client's name. */
  readonly from: string;
}

/** Cuts what arrives on a stream into lines, whatever the chunks; line ends are LF or CRLF. */
export function lineCutter(onLine: (text: string) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      onLine(rest.subarray(0, end).toString('utf8').replace(/\r$/, ''));
      rest = rest.subarray(end + 1);
    }
    // A lone CTRL+C acts without ENTER, as from a keyboard.
    if (rest.length === 1 && rest[0] === 3) {
      rest = Buffer.alloc(0);
      onLine('\x03');
    }
  };
}

/** Lines wait here until kd reads them, which it does at its prompt only. */
export class Inbox {
  readonly #lines: TypedLine[] = [];
  /** No more lines will come from kd's own standard input. */
  ended = false;

  constructor(private readonly notify: () => void) {}

  get size(): number {
    return this.#lines.length;
  }

  put(line: TypedLine): void {
    this.#lines.push(line);
    this.notify();
  }

  take(): TypedLine | undefined {
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
