import { ByteTable } from './byte-table.js';
import { kindOf, type LineKind } from './line-kinds.js';
import { textOf } from './line-text.js';
import { type Spelling, spellingOf } from './spelling.js';

const LINE_FEED = 0x0a;
const LINES = 4096;
const LENGTH = 200;

/** A line that was met before. */
export interface KnownLine {
  readonly kind: LineKind;
  /** Its bytes with the line end, once it came a second time. */
  spelling: Spelling | undefined;
  /** The line that came after it last time, frames left out. */
  next: KnownLine | undefined;
}

/** Kinds of lines, remembered: the lines around a stack (hit, symbol, instruction, header) are the same at every hit. */
export class LineMemory {
  readonly #table = new ByteTable();
  readonly #lines: KnownLine[] = [];
  #newest: KnownLine | undefined;

  /** The line that came last time where the reader is now, if it stands at `at` again. */
  expected(view: DataView, at: number, end: number): KnownLine | undefined {
    const next = this.#newest?.next;
    if (!next?.spelling?.standsAt(view, at, end)) return undefined;
    this.#newest = next;
    return next;
  }

  /** The kind of the line `bytes[from, to)`, without its line end, which follows. */
  kindAt(bytes: Uint8Array, from: number, to: number): LineKind {
    if (to - from > LENGTH) return kindOf(textOf(bytes, from, to));
    const known = this.#lines[this.#table.get(bytes, from, to)];
    if (known) known.spelling ??= withLineEnd(bytes, from, to);
    const line = known ?? this.#add(bytes, from, to);
    if (this.#newest) this.#newest.next = line;
    this.#newest = line;
    return line.kind;
  }

  #add(bytes: Uint8Array, from: number, to: number): KnownLine {
    if (this.#lines.length >= LINES) {
      this.#table.clear();
      this.#lines.length = 0;
      this.#newest = undefined;
    }
    const line: KnownLine = { kind: kindOf(textOf(bytes, from, to)), spelling: undefined, next: undefined };
    this.#table.set(bytes, from, to, this.#lines.push(line) - 1);
    return line;
  }
}

function withLineEnd(bytes: Uint8Array, from: number, to: number): Spelling | undefined {
  const end = bytes.indexOf(LINE_FEED, to) + 1;
  return end - from > LENGTH ? undefined : spellingOf(bytes, from, end);
}
