import type { Random } from '../../random.js';
import type { TargetClock } from '../target-clock.js';
import { afflict, isSound, type LineFaults } from './faults.js';

/** Milliseconds that a byte takes on a serial line: a start bit, eight data bits and a stop bit. */
export function byteMs(baud: number): number {
  return baud > 0 ? 10_000 / baud : 0;
}

/**
 * One direction of the cable. Bytes leave it in their order, no faster than the baud rate, and with what goes wrong
 * on the way. While the cable is out, everything vanishes, also what was under way.
 */
export class FaultyLine {
  #waiting: { readonly byte: number; readonly due: number }[] = [];
  #free = 0;
  #cancel: (() => void) | undefined;
  #out = false;

  constructor(
    private readonly clock: TargetClock,
    private readonly baud: number,
    private readonly faults: LineFaults,
    private readonly random: Random,
    private readonly deliver: (bytes: Buffer) => void,
  ) {}

  get out(): boolean {
    return this.#out;
  }

  set out(out: boolean) {
    this.#out = out;
    if (out) this.clear();
  }

  /** Bytes under way. */
  get underWay(): number {
    return this.#waiting.length;
  }

  clear(): void {
    this.#waiting = [];
    this.#cancel?.();
    this.#cancel = undefined;
  }

  send(bytes: Uint8Array): void {
    if (this.#out || bytes.length === 0) return;
    if (this.baud === 0 && this.#waiting.length === 0 && isSound(this.faults)) {
      this.deliver(Buffer.from(bytes));
      return;
    }
    const each = byteMs(this.baud);
    this.#free = Math.max(this.#free, this.clock.now());
    for (const byte of bytes) {
      // Whoever sends without end is not held back here: the rest of it is lost.
      if (this.#waiting.length >= MOST) break;
      const { bytes: arriving, lateMs } = afflict(this.faults, this.random, byte);
      this.#free += each + lateMs;
      for (const one of arriving) this.#waiting.push({ byte: one, due: this.#free });
    }
    this.#arrive();
  }

  /** Delivers what is due, and comes back for the rest: in pieces, as a port's interrupts come. */
  #arrive(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const now = this.clock.now();
    let due = 0;
    while (due < this.#waiting.length && (this.#waiting[due]?.due ?? 0) <= now + 1e-6) due++;
    const arrived = this.#waiting.slice(0, due);
    if (due > 0) this.#waiting = this.#waiting.slice(due);
    if (this.#waiting.length > 0) {
      const piece = this.#waiting[Math.min(PIECE, this.#waiting.length) - 1];
      this.#cancel = this.clock.after(Math.max(0, (piece?.due ?? now) - now), () => this.#arrive());
    }
    if (arrived.length > 0) this.deliver(Buffer.from(arrived.map(({ byte }) => byte)));
  }
}

/** Bytes of one delivery, as many as a port's buffer has. */
const PIECE = 16;
/** The most bytes under way. */
const MOST = 256 * 1024;
