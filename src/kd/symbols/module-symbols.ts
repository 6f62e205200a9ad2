import type { FrameData } from './pdb/frame-data.js';
import { frameAt } from './pdb/frame-table.js';
import type { SymbolIndex } from './pdb/symbol-index.js';
import { indexNear, indicesMatching, type NamedAddress, nameOf } from './symbol-table.js';

export interface SymbolHit {
  /** As kd shows it, without the module. */
  readonly name: string;
  readonly rva: number;
  /** Bytes from there to what was asked for. */
  readonly displacement: number;
}

/** The names of one module. */
export interface ModuleSymbols {
  /** Where they come from: names out of exports alone are often wrong, as most functions are not exported. */
  readonly source: 'pdb' | 'coff' | 'exports' | 'none';
  readonly file: string | undefined;
  /** The nearest name at or below, in the same section. */
  near(rva: number): SymbolHit | undefined;
  /** The RVAs of a name, without regard to case. */
  find(name: string): readonly number[];
  /** Names that a pattern with `*` and `?` fits, without regard to case, sorted by address. */
  match(pattern: string): readonly NamedAddress[];
  /** x86: what the PDB says about the stack frame of the code at an RVA. */
  frameData(rva: number): FrameData | undefined;
}

export const NO_SYMBOLS: ModuleSymbols = {
  source: 'none',
  file: undefined,
  near: () => undefined,
  find: () => [],
  match: () => [],
  frameData: () => undefined,
};

export function moduleSymbols(
  { table, frames, sections }: SymbolIndex,
  source: ModuleSymbols['source'],
  file?: string,
): ModuleSymbols {
  // An address of .data is not named after the last function of .text.
  const sectionStart = (rva: number) =>
    sections.reduce((start, each) => (each.rva <= rva ? Math.max(start, each.rva) : start), 0);
  const rvaOf = (index: number) => table.rvas[index] as number;
  return {
    source,
    file,
    near(rva) {
      const index = indexNear(table, rva);
      if (index < 0 || rvaOf(index) < sectionStart(rva)) return undefined;
      return { name: nameOf(table, index), rva: rvaOf(index), displacement: rva - rvaOf(index) };
    },
    find(name) {
      // Names of C++ may have a `?`, which is more in a pattern.
      const wanted = name.toLowerCase();
      const found = indicesMatching(table, name).filter((index) => nameOf(table, index).toLowerCase() === wanted);
      return [...new Set(found.map(rvaOf))];
    },
    match: (pattern) =>
      indicesMatching(table, pattern).map((index) => ({
        name: nameOf(table, index),
        rva: rvaOf(index),
        isFunction: table.flags[index] === 1,
      })),
    frameData: (rva) => frameAt(frames, rva),
  };
}
