import { readFileSync } from 'node:fs';
import { replaceBooks } from '../../books-file.js';
import type { SimulatorClock } from '../../clock.js';
import { type Books, emptyBooks, type Halt, type HaltReason, isArmed, type Violation } from './statistics.js';

// Longer logs help nobody, and a flood of foreign commands must not make the books grow without end.
const longestLog = 10_000;
const saveEvery = 100;

/** Keeps the books of one run and writes them to their file: at once where it matters, otherwise a few times a second. */
export class StatisticsWriter {
  readonly books: Books;
  #haltedSince: number | undefined;
  #halt: Halt | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #epoch: number;
  /** Bytes that the present kd has printed; set once its console exists. */
  bytesOut: () => number = () => 0;
  readonly #bytesBefore: number;

  /** @param file where the books are written; undefined keeps them in memory */
  constructor(
    readonly file: string | undefined,
    books: Books,
    private readonly clock: SimulatorClock,
  ) {
    this.books = books;
    this.#bytesBefore = books.bytes_out;
    this.#epoch = clock.now() - (Date.now() - Date.parse(books.opened_at));
  }

  /** Milliseconds since the books were opened. */
  atMs(): number {
    return Math.round(this.clock.now() - this.#epoch);
  }

  /** True when a command was typed since the target last stopped. */
  get answered(): boolean {
    return (this.#halt?.commands ?? 0) > 0;
  }

  /** The target stopped. */
  halted(stop: HaltReason, at: string | null): void {
    this.#settle();
    this.books.target.state = 'halted';
    this.books.carried.stop = stop;
    this.books.carried.stop_at = at;
    this.#haltedSince = this.clock.now();
    this.#halt = { reason: stop, ms: 0, link_ms: 0, commands: 0 };
  }

  /** The stop is one in front of a prompt, and not a hit that goes on by itself: it enters the list. */
  prompted(): void {
    if (this.#halt && !this.books.halts.includes(this.#halt)) this.books.halts.push(this.#halt);
    this.save();
  }

  /** The target runs again, or has been reset. */
  resumed(state: 'running' | 'waiting-boot' = 'running'): void {
    this.#settle();
    const halt = this.#halt;
    if (halt && !this.books.halts.includes(halt)) this.books.hit_halted_ms += halt.ms;
    this.#haltedSince = undefined;
    this.#halt = undefined;
    this.books.target.state = state;
    this.books.carried.stop = null;
    this.books.carried.stop_at = null;
    if (halt && this.books.halts.includes(halt)) this.save();
    else this.touch();
  }

  /** The link cost this much; it counts while the target stands still. */
  spent(ms: number): void {
    if (this.#haltedSince === undefined) return;
    this.books.link_ms += ms;
    if (this.#halt) this.#halt.link_ms += ms;
  }

  /** Somebody typed a command. */
  command(line: string): void {
    this.books.commands++;
    if (this.books.command_log.length < longestLog) this.books.command_log.push(line);
    if (this.#halt) this.#halt.commands++;
    this.touch();
  }

  hits(count: number, byDriver: Iterable<readonly [string, number]>): void {
    this.books.hits += count;
    for (const [driver, some] of byDriver) {
      this.books.hits_by_driver[driver] = (this.books.hits_by_driver[driver] ?? 0) + some;
    }
    this.touch();
  }

  violation(violation: Violation): void {
    this.books.violations.push(violation);
    this.save();
  }

  /** What sits in the target changed. */
  planted(addresses: readonly string[]): void {
    this.books.target.breakpoints = addresses.length;
    this.books.carried.planted = [...addresses];
  }

  get armed(): boolean {
    return isArmed(this.books.target);
  }

  /** Writes the books soon. */
  touch(): void {
    if (this.file === undefined) return;
    this.#timer ??= setTimeout(() => this.save(), saveEvery).unref();
  }

  /** Writes the books now. */
  save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.file === undefined) return;
    this.#settle();
    this.books.bytes_out = this.#bytesBefore + this.bytesOut();
    replaceBooks(this.file, this.books);
  }

  #settle(): void {
    if (this.#haltedSince === undefined) return;
    const now = this.clock.now();
    this.books.halted_ms += now - this.#haltedSince;
    if (this.#halt) this.#halt.ms += now - this.#haltedSince;
    this.#haltedSince = now;
  }
}

/** Opens the books: those of an earlier kd on the same target when the file exists, new ones otherwise. */
export function openBooks(file: string | undefined, scenario: string): { books: Books; continued: boolean } {
  const fresh = { books: emptyBooks(scenario, new Date().toISOString()), continued: false };
  if (file === undefined) return fresh;
  try {
    return { books: JSON.parse(readFileSync(file, 'utf8')) as Books, continued: true };
  } catch {
    return fresh;
  }
}
