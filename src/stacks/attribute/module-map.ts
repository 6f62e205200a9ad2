import type { TableFrame } from '../stack-table.js';

/** The functions of one module by where they begin. */
export interface ModuleMap {
  readonly module: string;
  /** Bytes from the module's base, ascending. */
  readonly starts: readonly number[];
  readonly names: readonly string[];
}

const BASE = /^\s*Preferred load address is ([0-9a-f]{8,16})/im;
// ` 0001:00000050       _Helper@4                  00011050 f   main.obj`: section, name, address with the base in it.
const PUBLIC = /^ *[0-9a-f]{4}:[0-9a-f]{8} +(\S+) +([0-9a-f]{8,16})(?: |$)/i;
// `00011050 T _Helper@4`: what nm lists.
const LISTED = /^([0-9a-f]{8,16}) +(?:([A-Za-z]) +)?(\S+)\s*$/i;
const IMAGE_BASE = /^_{0,3}(?:__)?ImageBase$/i;

/**
 * Reads a linker's map (`/MAP` of Microsoft's link and of lld-link), or a list of addresses and names as nm prints it.
 * Addresses of a list are taken from its `__ImageBase`, and from 0 if it has none.
 * @param module the module's name; undefined takes the one in the map
 * @returns undefined if there is no function in it, or no name for the module
 */
export function parseModuleMap(text: string, module: string | undefined): ModuleMap | undefined {
  const lines = text.split(/\r?\n/);
  const base = BASE.exec(text)?.[1];
  const symbols = base === undefined ? listed(lines) : published(lines, Number.parseInt(base, 16));
  const name = module ?? (base === undefined ? undefined : lines.find((line) => line.trim() !== '')?.trim());
  if (symbols.length === 0 || !name) return undefined;
  symbols.sort((a, b) => a.start - b.start);
  return { module: name, starts: symbols.map(({ start }) => start), names: symbols.map(({ name }) => name) };
}

interface Symbol {
  readonly start: number;
  readonly name: string;
}

function published(lines: readonly string[], base: number): Symbol[] {
  return lines.flatMap((line) => {
    const found = PUBLIC.exec(line);
    const start = found ? Number.parseInt(found[2] as string, 16) - base : -1;
    return found && start >= 0 ? [{ start, name: plain(found[1] as string) }] : [];
  });
}

function listed(lines: readonly string[]): Symbol[] {
  const all = lines.flatMap((line) => {
    const found = LISTED.exec(line);
    return found ? [{ start: Number.parseInt(found[1] as string, 16), name: found[3] as string }] : [];
  });
  const base = all.find(({ name }) => IMAGE_BASE.test(name))?.start ?? 0;
  return all
    .filter(({ name, start }) => !IMAGE_BASE.test(name) && start >= base)
    .map(({ start, name }) => ({ start: start - base, name: plain(name) }));
}

/** A C name without what the compiler added for its calling convention: `_Start@8` and `@Fast@8`. */
function plain(name: string): string {
  return /^[_@](\w+)@\d+$/.exec(name)?.[1] ?? (/^_([A-Za-z]\w*)$/.exec(name)?.[1] || name);
}

/** Gives call sites of these modules that have no symbol the name of the function they are in; all others stay. */
export function resolver(maps: readonly ModuleMap[]): (frame: TableFrame) => TableFrame {
  const byModule = new Map(maps.map((map) => [map.module.toLowerCase(), map]));
  return (frame) => {
    const map = frame.symbol === null && frame.module !== null ? byModule.get(frame.module.toLowerCase()) : undefined;
    if (!map || frame.offset === null) return frame;
    const at = lastAtOrBefore(map.starts, frame.offset);
    if (at < 0) return frame;
    const symbol = map.names[at] as string;
    const offset = frame.offset - (map.starts[at] as number);
    const text = `${frame.module}!${symbol}${offset === 0 ? '' : `+0x${offset.toString(16)}`}`;
    return { text, module: frame.module, symbol, offset: offset === 0 ? null : offset };
  };
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] as number) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
