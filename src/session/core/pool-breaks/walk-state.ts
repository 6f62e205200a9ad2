import type { MemoryOperand } from '../../../kd-text/instructions.js';
import type { Processor } from './registers.js';
import { constant, known, lowest, same, sum, TABLE, times, type Value, valueText } from './values.js';

/** What is the same all along a walk. */
export interface Ground {
  readonly processor: Processor;
  /** Where the kernel keeps pointers to its tables of tags. */
  readonly tables: ReadonlySet<bigint>;
  /**
   * Where objects on the stack begin whose address is known elsewhere, from where the stack ends at the beginning. A walk puts in what
   * it comes by: an address is taken before it is used.
   */
  readonly escapes: bigint[];
}

interface Cell {
  readonly base: string;
  readonly plus: bigint;
  readonly size: number;
  readonly value: Value;
}

const READS: Readonly<Record<number, string>> = { 1: 'by', 2: 'wo', 4: 'dwo', 8: 'poi' };

/** What registers and memory hold at one place, as far as it is known for every way that leads there. */
export class WalkState {
  private constructor(
    readonly ground: Ground,
    private readonly registers: Map<string, Value>,
    private readonly cells: Map<string, Cell>,
    /** Memory may be another than at the beginning: the stack's own cells are known all the same. */
    private changed: boolean,
  ) {}

  /** Where a walk begins every register holds itself. */
  static begin(ground: Ground, given: ReadonlyMap<string, Value> = new Map()): WalkState {
    const registers = new Map(ground.processor.whole.map((name) => [name, given.get(name) ?? known(`@${name}`)]));
    return new WalkState(ground, registers, new Map(), false);
  }

  copy(): WalkState {
    return new WalkState(this.ground, new Map(this.registers), new Map(this.cells), this.changed);
  }

  /** Keeps what both know. @returns whether anything is not known any more */
  meet(other: WalkState): boolean {
    let lost = other.changed && !this.changed;
    this.changed ||= other.changed;
    for (const [name, value] of this.registers) {
      if (value === undefined || same(value, other.registers.get(name))) continue;
      this.registers.set(name, undefined);
      lost = true;
    }
    for (const [key, cell] of this.cells) {
      const theirs = other.cells.get(key);
      if (theirs && same(theirs.value, cell.value)) continue;
      // What stood there at the beginning is overwritten on one way: it is neither.
      this.cells.set(key, { ...cell, value: undefined });
      lost ||= cell.value !== undefined;
    }
    for (const [key, cell] of other.cells) {
      if (this.cells.has(key)) continue;
      this.cells.set(key, { ...cell, value: undefined });
      lost = true;
    }
    return lost;
  }

  register(name: string): Value {
    const { parts, bits } = this.ground.processor;
    const part = parts.get(name);
    if (!part || part.high) return undefined;
    const value = this.registers.get(part.whole);
    if (value?.kind === 'low') return value.bits === part.bits ? value.value : undefined;
    return part.bits === bits || value?.kind === 'table' ? value : lowest(value, part.bits);
  }

  setRegister(name: string, value: Value): void {
    const { parts, bits } = this.ground.processor;
    const part = parts.get(name);
    if (!part) return;
    if (part.bits === bits) this.registers.set(part.whole, value);
    else if (part.bits === 32) this.registers.set(part.whole, lowest(value, 32));
    else {
      const low = part.high ? undefined : lowest(value, part.bits);
      this.registers.set(part.whole, low?.kind === 'known' ? { kind: 'low', bits: part.bits, value: low } : undefined);
    }
  }

  forgetRegisters(names: readonly string[]): void {
    for (const name of names) this.registers.set(name, undefined);
  }

  get stackEnd(): Value {
    return this.registers.get(this.ground.processor.stack);
  }

  moveStack(bytes: bigint): void {
    this.registers.set(this.ground.processor.stack, sum(this.stackEnd, constant(bytes)));
  }

  addressOf({ terms, plus }: MemoryOperand): Value {
    let address: Value = constant(plus);
    let table = false;
    for (const { register, times: scale } of terms) {
      const value = this.register(register);
      if (value?.kind === 'table') table = true;
      address = sum(address, times(value, scale));
    }
    return table ? TABLE : address;
  }

  /** Whether an address is that of a pointer to a table, or of a list of such pointers with an index. */
  pointsToTable(memory: MemoryOperand): boolean {
    let fixed = memory.plus;
    for (const { register, times: scale } of memory.terms) {
      const value = this.register(register);
      if (scale === 1n && value?.kind === 'known' && value.base === '') fixed += value.plus;
    }
    return this.ground.tables.has(BigInt.asUintN(this.ground.processor.bits, fixed));
  }

  load(memory: MemoryOperand, size: number): Value {
    if (memory.segment) return undefined;
    if (this.pointsToTable(memory)) return TABLE;
    const address = this.addressOf(memory);
    if (address?.kind !== 'known' || address.negative || address.base === '') return undefined;
    return this.loadAt(address.base, address.plus, size);
  }

  loadAt(base: string, plus: bigint, size: number): Value {
    const cell = this.#cellsAt(base, plus, size);
    if (cell.length > 0) {
      const [only] = cell;
      return cell.length === 1 && only?.plus === plus && only.size === size ? only.value : undefined;
    }
    const stack = base === `@${this.ground.processor.stack}`;
    if (this.changed && !(stack && this.#isPrivate(plus))) return undefined;
    // Below where the stack ended at the beginning there is nothing yet.
    if (stack && plus < 0n) return undefined;
    const read = size === this.ground.processor.bytes ? 'poi' : READS[size];
    return read === undefined ? undefined : known(`${read}(${valueText(known(base, plus))})`);
  }

  store(memory: MemoryOperand, size: number, value: Value): void {
    if (memory.segment) return;
    const address = this.addressOf(memory);
    // Tables and variables are neither blocks nor the stack.
    if (address?.kind === 'table' || (address?.kind === 'known' && address.base === '')) return;
    if (address?.kind !== 'known' || address.negative || size === 0) this.forgetMemory();
    else this.storeAt(address.base, address.plus, size, value);
  }

  storeAt(base: string, plus: bigint, size: number, value: Value): void {
    const stack = base === `@${this.ground.processor.stack}`;
    if (!stack || (!this.#isPrivate(plus) && plus >= 0n)) this.forgetMemory();
    for (const old of this.#cellsAt(base, plus, size)) {
      const covered = plus <= old.plus && old.plus + BigInt(old.size) <= plus + BigInt(size);
      if (covered) this.cells.delete(keyOf(old));
      else this.cells.set(keyOf(old), { ...old, value: undefined });
    }
    const cell = { base, plus, size, value };
    this.cells.set(keyOf(cell), cell);
  }

  /** Whatever could be reached through some pointer may have changed. */
  forgetMemory(): void {
    this.changed = true;
    for (const [key, cell] of this.cells) {
      const stack = cell.base === `@${this.ground.processor.stack}`;
      if (!stack || !this.#isPrivate(cell.plus)) this.cells.set(key, { ...cell, value: undefined });
    }
  }

  /** An object reaches upwards from where it begins: what lies below all whose address is known elsewhere is nobody else's. */
  #isPrivate(plus: bigint): boolean {
    return this.ground.escapes.every((begins) => plus < begins);
  }

  #cellsAt(base: string, plus: bigint, size: number): Cell[] {
    const end = plus + BigInt(size);
    return [...this.cells.values()].filter(
      (cell) => cell.base === base && cell.plus < end && plus < cell.plus + BigInt(cell.size),
    );
  }

  /** Every place that holds this, less a number: registers, and cells of the stack by where they are. */
  holding(base: string): { readonly register?: string; readonly cell?: bigint; readonly plus: bigint }[] {
    const of = (value: Value): bigint | undefined =>
      value?.kind === 'known' && value.base === base && !value.negative ? value.plus : undefined;
    const registers = [...this.registers].flatMap(([register, value]) => {
      const plus = of(value);
      return plus === undefined ? [] : [{ register, plus }];
    });
    const cells = [...this.cells.values()].flatMap((cell) => {
      const plus = of(cell.value);
      const stack = cell.base === `@${this.ground.processor.stack}` && cell.size === this.ground.processor.bytes;
      return plus === undefined || !stack ? [] : [{ cell: cell.plus, plus }];
    });
    // The plainest first.
    return [...registers, ...cells].sort((a, b) => Number(a.plus !== 0n) - Number(b.plus !== 0n));
  }
}

function keyOf({ base, plus, size }: Pick<Cell, 'base' | 'plus' | 'size'>): string {
  return `${base} ${plus} ${size}`;
}
