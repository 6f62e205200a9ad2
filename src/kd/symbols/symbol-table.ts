/** A name and where it is. */
export interface NamedAddress {
  /** As kd shows it, without the module. */
  readonly name: string;
  readonly rva: number;
  readonly isFunction: boolean;
  /** It is a label beside the function's own name. */
  readonly isLabel?: boolean;
}

/** Names sorted by address, in few large arrays: 25,000 of them load in milliseconds and are searched where they lie. */
export interface SymbolTable {
  readonly rvas: Uint32Array;
  /** Where each name begins in `text`, and behind the last where that ends. */
  readonly offsets: Uint32Array;
  /** 1 for a function. */
  readonly flags: Uint8Array;
  /** All names in UTF-8, one behind the other. */
  readonly text: Buffer;
}

/** C++ has names of some thousand characters. */
const LONGEST_NAME = 4096;

export function makeTable(symbols: readonly NamedAddress[]): SymbolTable {
  const sorted = [...symbols].sort(inOrder).filter((each, index, all) => {
    const before = all[index - 1];
    return !before || before.rva !== each.rva || before.name !== each.name;
  });
  const rvas = new Uint32Array(sorted.length);
  const offsets = new Uint32Array(sorted.length + 1);
  const flags = new Uint8Array(sorted.length);
  const pieces: Buffer[] = [];
  let length = 0;
  sorted.forEach((each, index) => {
    // A terminal gets to see these names: nothing in them may command it.
    const piece = Buffer.from(each.name.slice(0, LONGEST_NAME).replace(/[\0-\x1f\x7f-\x9f]/g, '?'));
    rvas[index] = each.rva;
    offsets[index] = length;
    flags[index] = each.isFunction ? 1 : 0;
    pieces.push(piece);
    length += piece.length;
  });
  offsets[sorted.length] = length;
  return { rvas, offsets, flags, text: Buffer.concat(pieces) };
}

/** Where several names share an address: functions first, under their own names, then by name. */
function inOrder(a: NamedAddress, b: NamedAddress): number {
  if (a.rva !== b.rva) return a.rva - b.rva;
  if (a.isFunction !== b.isFunction) return a.isFunction ? -1 : 1;
  if ((a.isLabel ?? false) !== (b.isLabel ?? false)) return a.isLabel ? 1 : -1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

export function nameOf(table: SymbolTable, index: number): string {
  return table.text.toString('utf8', table.offsets[index], table.offsets[index + 1]);
}

/** The first of the names at the nearest address at or below; -1 if there is none. */
export function indexNear(table: SymbolTable, rva: number): number {
  let index = countUpTo(table.rvas, rva) - 1;
  while (index > 0 && table.rvas[index - 1] === table.rvas[index]) index--;
  return index;
}

/** How many of the sorted numbers are not above the limit. */
export function countUpTo(sorted: Uint32Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

const STAR = 0x2a;
const ANY = 0x3f;

/**
 * The indices of the names that a pattern of kd fits, without regard to case: `*` any characters, `?` one.
 * Looks at bytes, as making 25,000 strings would take longer than the rest; takes no longer for mean patterns.
 */
export function indicesMatching(table: SymbolTable, pattern: string): number[] {
  const wanted = Buffer.from(pattern).map(lower);
  const least = wanted.filter((byte) => byte !== STAR).length;
  const most = least === wanted.length ? least : Number.POSITIVE_INFINITY;
  const found: number[] = [];
  for (let index = 0; index < table.rvas.length; index++) {
    const start = table.offsets[index] as number;
    const end = table.offsets[index + 1] as number;
    if (end - start >= least && end - start <= most && fits(wanted, table.text, start, end)) found.push(index);
  }
  return found;
}

function fits(pattern: Uint8Array, text: Buffer, start: number, end: number): boolean {
  let [at, place] = [0, start];
  let [star, resume] = [-1, 0];
  while (place < end) {
    const wanted = pattern[at];
    if (wanted === STAR) {
      star = at++;
      resume = place;
    } else if (wanted !== undefined && (wanted === ANY || wanted === lower(text[place] as number))) {
      at++;
      place++;
    } else if (star >= 0) {
      at = star + 1;
      place = ++resume;
    } else return false;
  }
  while (pattern[at] === STAR) at++;
  return at === pattern.length;
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
