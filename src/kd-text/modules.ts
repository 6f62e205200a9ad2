import { type Address, parseAddress } from './address.js';

/** Where a module lies, as kd told. */
export interface ModulePlace {
  readonly name: string;
  readonly start: Address;
  /** One past its last byte; undefined where kd told the base alone. */
  readonly end?: Address;
  /** What kd has of its names: `private pdb symbols`, `export symbols`, `deferred`; undefined where it did not say. */
  readonly symbols?: string;
}

const ADDRESS = '[0-9a-f]{8}(?:`[0-9a-f]{8})?|[0-9a-f]{16}';
// ``fffff880`01084000 fffff880`0108a000   leakydrv   (deferred)             ``, with a letter for what does not fit (`C`, `T`, `#`, `M`).
const ROW = new RegExp(`^(${ADDRESS})\\s+(${ADDRESS})\\s+([\\w.$~-]+)\\s+(?:[A-Z#]\\s+)?\\(([^)]+)\\)`, 'i');
// `leakydrv: loaded at fffff88001084000`, of kd from about 2020 on.
const LOADED = new RegExp(`^([\\w.$~-]+): loaded at (${ADDRESS})\\s*$`, 'i');
// `*** ERROR: Symbol file could not be found.  Defaulted to export symbols for ntoskrnl.exe - `
const DEFAULTED = /^\*\*\* (?:ERROR|WARNING): .*Defaulted to export symbols for (\S+)/;

/** Reads a row of `lm`; undefined for any other line. */
export function parseModuleRow(line: string): ModulePlace | undefined {
  const [, from = '', to = '', name = '', symbols = ''] = ROW.exec(line) ?? [];
  const start = parseAddress(from);
  const end = parseAddress(to);
  return start && end ? { name, start, end, symbols } : undefined;
}

/** Reads the line with which kd tells that the target has loaded a module; undefined for any other line. */
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
  return symbols !== undefined && /^export symbols$/i.test(symbols);
}

/** `nt         (private pdb symbols)  c:\symbols\ntkrnlmp.pdb`, `leakydrv   (deferred)             `: what follows a row's addresses. */
export function formatModuleTail(name: string, of: { symbols?: ModuleSymbols; file?: string }): string {
  const state = of.symbols === undefined ? '(deferred)' : `(${of.symbols} symbols)`;
  return `${name.padEnd(8)}   ${state.padEnd(23)}${of.file ?? ''}`;
}

/** Where a module's names come from: a symbol file, or the image's exports. */
type ModuleSymbols = 'private pdb' | 'pdb' | 'export' | 'coff';
