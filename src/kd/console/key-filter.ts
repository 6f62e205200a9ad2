import { controlKey } from '../../kd-text/control-keys.js';

export interface KeyTakers {
  /** Keys of the line editor. */
  pass(bytes: Buffer): void;
  /** Whether nothing is typed yet. */
  isEmpty(): boolean;
  /** A key of kd waits for ENTER, by its name `^B`; without one it does not any more. */
  waits(name?: string): void;
  /** A key of kd, and ENTER. */
  key(text: string): void;
  interrupt(): void;
  suspend(): void;
}

const [CTRL_C, CTRL_Z, ENTER, LINE_FEED] = [0x03, 0x1a, 0x0d, 0x0a];

/**
 * Tells kd's keys from those of a line editor, which are the same: on an empty line CTRL+B, CTRL+K and so on are kd's when ENTER
 * follows, and with something typed they edit. CTRL+C is always kd's.
 */
export class KeyFilter {
  #waiting: number | undefined;
  #endsWithReturn = false;

  constructor(private readonly takers: KeyTakers) {}

  take(chunk: Buffer): void {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      // Everything else goes on as it is: an escape sequence or a letter of several bytes is not torn.
      if (byte >= 0x20 && this.#waiting === undefined) continue;
      const before = chunk.subarray(from, at);
      if (before.length > 0) this.takers.pass(before);
      from = at;
      if (this.#isOurs(byte)) from = at + 1;
    }
    if (from < chunk.length) this.takers.pass(chunk.subarray(from));
  }

  /** Gives true for a byte that the line editor is not to see. */
  #isOurs(byte: number): boolean {
    const feed = byte === LINE_FEED && this.#endsWithReturn;
    this.#endsWithReturn = false;
    if (feed) return true;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) {
      this.takers.waits();
      if (byte === ENTER || byte === LINE_FEED) {
        this.#endsWithReturn = byte === ENTER;
        this.takers.key(String.fromCharCode(waiting));
        return true;
      }
    }
    if (byte === CTRL_C) this.takers.interrupt();
    else if (byte === CTRL_Z) this.takers.suspend();
    else if (controlKey(String.fromCharCode(byte)) !== undefined && this.takers.isEmpty()) {
      this.#waiting = byte;
      this.takers.waits(`^${String.fromCharCode(byte + 0x40)}`);
    } else return false;
    return true;
  }
}
