import { ByteTable } from './byte-table.js';
import { kindOf, type LineKind } from './line-kinds.js';
import { textOf } from './line-text.js';

const LINES = 4096;
const LENGTH = 200;

/** Kinds of lines, remembered: the lines around a stack (hit, symbol, instruction, header) are the same at every hit. */
export class LineMemory {
  readonly #table = new ByteTable();
  readonly #kinds: LineKind[] = [];

  /** The kind of the line `bytes[from, to)`, without its line end. */
  kindAt(bytes: Uint8Array, from: number, to: number): LineKind {
    if (to - from > LENGTH) return kindOf(textOf(bytes, from, to));
    const known = this.#kinds[this.#table.get(bytes, from, to)];
    if (known) return known;
    if (this.#kinds.length >= LINES) {
      this.#table.clear();
      this.#kinds.length = 0;
    }
    const kind = kindOf(textOf(bytes, from, to));
    this.#table.set(bytes, from, to, this.#kinds.push(kind) - 1);
    return kind;
  }
}
