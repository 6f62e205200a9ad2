import { type Address, parseAddress } from './address.js';

/** Where a module's names come from: a symbol file, the image's exports, or nowhere yet. */
export type ModuleSymbols = 'private pdb' | 'pdb' | 'export' | 'coff';

/** One row of `lm`. */
export interface ModuleRow {
  readonly name: string;
  readonly start: Address;
  readonly end: Address;
  /** Undefined while none were looked for: `(deferred)`. */
  readonly symbols?: string;
  /** The symbol file, or the image. */
  readonly file?: string;
}

const ADDRESS = '[0-9a-f]{8}`?[0-9a-f]{8}|[0-9a-f]{8}';
const ROW = new RegExp(`^(${ADDRESS}) (${ADDRESS})\\s+(\\S+)\\s+(?:C? *)\\(([^)]*)\\)\\s*(.*)$`, 'i');

/** Reads a row of `lm`; undefined for any other line. */
export function parseModuleRow(line: string): ModuleRow | undefined {
  const [, from = '', to = '', name = '', symbols = '', file = ''] = ROW.exec(line.trimEnd()) ?? [];
  const [start, end] = [parseAddress(from), parseAddress(to)];
  if (start === undefined || end === undefined) return undefined;
  const known = symbols === 'deferred' ? undefined : symbols.replace(/ symbols$/, '');
  return { name, start, end, ...(known !== undefined && { symbols: known }), ...(file !== '' && { file }) };
}

/** `nt         (private pdb symbols)  c:\\symbols\\ntkrnlmp.pdb`, `leakydrv   (deferred)             `: what follows a row's addresses. */
export function formatModuleTail(name: string, of: { symbols?: ModuleSymbols; file?: string }): string {
  const state = of.symbols === undefined ? '(deferred)' : `(${of.symbols} symbols)`;
  return `${name.padEnd(8)}   ${state.padEnd(23)}${of.file ?? ''}`;
}
