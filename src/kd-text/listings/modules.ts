import { type Address, parseAddress } from '../address.js';

/** Where a module lies, as kd told. */
export interface ModulePlace {
  readonly name: string;
  readonly start: Address;
  /** One past its last byte; undefined where kd told the base alone. */
  readonly end?: Address;
  /** What kd has of its names: `private pdb`, `pdb`, `export`, `coff`; undefined where it has looked for none yet, or did not say. */
  readonly symbols?: string;
  /** The symbol file, or the image. */
  readonly file?: string;
}

const ADDRESS = '[0-9a-f]{8}(?:`[0-9a-f]{8})?|[0-9a-f]{16}';
// ``fffff880`01084000 fffff880`0108a000   leakydrv   (deferred)             ``, with a letter for what does not fit (`C`, `T`, `#`, `M`).
const ROW = new RegExp(
  `^(${ADDRESS})\\s+(${ADDRESS})\\s+([\\w.$~-]+)\\s+(?:[A-Z#]\\s+)?\\((deferred|[\\w ]*symbols)\\)\\s*(.*)$`,
  'i',
);
// `leakydrv: loaded at fffff88001084000`: what targets print while they boot; kd itself says nothing of it.
const LOADED = new RegExp(`^([\\w.$~-]+): loaded at (${ADDRESS})\\s*$`, 'i');
// `*** ERROR: Symbol file could not be found.  Defaulted to export symbols for ntoskrnl.exe - `
const DEFAULTED = /^\*\*\* (?:ERROR|WARNING): .*Defaulted to export symbols for (\S+)/;

/** Reads a row of `lm`; undefined for any other line. */
export function parseModuleRow(line: string): ModulePlace | undefined {
  const [, from = '', to = '', name = '', said = '', file = ''] = ROW.exec(line.trimEnd()) ?? [];
  const [start, end] = [parseAddress(from), parseAddress(to)];
  if (start === undefined || end === undefined) return undefined;
  const symbols = said === 'deferred' ? undefined : said.replace(/ symbols$/, '');
  return { name, start, end, ...(symbols !== undefined && { symbols }), ...(file !== '' && { file }) };
}

/** Reads the line with which a target tells that it has loaded a module; undefined for any other line. */
export function parseLoadedModule(line: string): ModulePlace | undefined {
  const [, name = '', base = ''] = LOADED.exec(line) ?? [];
  const start = parseAddress(base);
  return start ? { name, start } : undefined;
}

/** The kernel's image has other names than its module. */
const KERNEL_IMAGE = /^(?:ntoskrnl|ntkrnlmp|ntkrnlpa|ntkrpamp|ntkrnlup)$/i;

/** The module that kd has only the exports of, from its complaint; undefined for any other line. */
export function parseDefaultedToExports(line: string): string | undefined {
  const file = DEFAULTED.exec(line)?.[1];
  const stem = file?.replace(/\.\w+$/, '');
  return stem !== undefined && KERNEL_IMAGE.test(stem) ? 'nt' : stem;
}

/** Whether kd has nothing of a module but what it exports: other names are the nearest one then. */
export function isExportsOnly({ symbols }: ModulePlace): boolean {
  return symbols === 'export';
}

/** Where a module's names come from: a symbol file, the image's exports, or nowhere yet. */
export type SymbolState = 'private pdb' | 'pdb' | 'export' | 'coff';

/** `nt         (private pdb symbols)  c:\\symbols\\ntkrnlmp.pdb`, `leakydrv   (deferred)             `: what follows a row's addresses. */
export function formatModuleTail(name: string, of: { symbols?: SymbolState; file?: string }): string {
  const state = of.symbols === undefined ? '(deferred)' : `(${of.symbols} symbols)`;
  return `${name.padEnd(8)}   ${state.padEnd(23)}${of.file ?? ''}`;
}
