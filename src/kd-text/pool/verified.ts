import { wholeTag } from './tag-use.js';

/** A line of `!verifier 3`: what Driver Verifier has on the pool of the drivers it watches. */
export type VerifiedLine =
  /** From here on the listing is of this driver. */
  | { readonly kind: 'driver'; readonly name: string; readonly state: string }
  /** All that the driver has at the time: both pools together. */
  | { readonly kind: 'count'; readonly allocations: number }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'peak'; readonly bytes: number }
  /** One of its allocations that have not been freed. */
  | VerifiedBlock;

export interface VerifiedBlock {
  readonly kind: 'block';
  readonly address: bigint;
  readonly size: number;
  readonly tag: string;
  /** Where the caller's code is. */
  readonly caller: bigint;
  /** Its name, where kd had symbols: `tapedrv!TapeOpen+0x1d`. */
  readonly symbol?: string;
}

/** The line that begins the listing, with the name that it has had in all versions. */
export function beginsVerifiedList(line: string): boolean {
  return /^[\s#]*Driver Verification List\s*$/.test(line);
}

const HEX = '(?:0x)?([0-9a-f]{1,16})';
// `nt!_VF_TARGET_DRIVER 0xa013f2c8: tapedrv.sys (Loaded and Unloaded)`, of Windows 7 `MODULE: 0x84226b28 tapedrv.sys (Loaded)`,
// of XP `fffffa8003b6f670 Loaded           000000a0       00000854    tapedrv.sys`.
const DRIVER = /^\s*(?:nt!_VF_TARGET_DRIVER|MODULE:)\s*(?:0x)?[0-9a-f`]{8,17}:?\s+(\S.*?)\s*\(([\w ]+)\)\s*$/i;
const ENTRY =
  /^\s*(?:0x)?[0-9a-f`]{8,17}\s+(Loaded|Unloaded|Loaded and Unloaded|Not Loaded)\s+[0-9a-f]{8,16}\s+[0-9a-f]{8,16}\s+(\S.*?)\s*$/i;
const PAIR = new RegExp(
  `^\\s*(Current Pool Allocations|Current Pool Bytes|Peak Pool Bytes):?\\s+\\(?\\s*${HEX}\\s+/?\\s*${HEX}\\s*\\)?\\s*$`,
  'i',
);
const ADDRESS = '((?:0x)?[0-9a-f]{8}(?:`?[0-9a-f]{8})?)';
const BLOCKS = ['  (.{4})  ', ' {5}(.{4}) {6}', '\\s+(\\S(?:.{0,2}\\S)?)\\s+'].map(
  (tag) => new RegExp(`^\\s*${ADDRESS}\\s+0x([0-9a-f]{1,16})${tag}${ADDRESS}(?:\\s+(\\S.*?))?\\s*$`, 'i'),
);

/** Reads a line of the list; undefined for any other. */
export function parseVerified(line: string): VerifiedLine | undefined {
  const [, module, how] = DRIVER.exec(line) ?? [];
  if (module !== undefined && how !== undefined) return { kind: 'driver', name: module, state: how.toLowerCase() };
  const [, state, name] = ENTRY.exec(line) ?? [];
  if (state !== undefined && name !== undefined) return { kind: 'driver', name, state: state.toLowerCase() };
  const [, what = '', one, other] = PAIR.exec(line) ?? [];
  if (one !== undefined && other !== undefined) {
    const sum = Number.parseInt(one, 16) + Number.parseInt(other, 16);
    if (/allocations/i.test(what)) return { kind: 'count', allocations: sum };
    return { kind: /peak/i.test(what) ? 'peak' : 'bytes', bytes: sum };
  }
  return blockOf(line);
}

/** Whether a line of the list that cannot be read looks like an allocation. */
export function isDamagedVerified(line: string): boolean {
  return /^\s*(?:0x)?[0-9a-f`]{6,}\s.*0x[0-9a-f]{4}/i.test(line);
}

function blockOf(line: string): VerifiedBlock | undefined {
  for (const form of BLOCKS) {
    const [, address, size, tag, caller, symbol] = form.exec(line) ?? [];
    if (address === undefined || size === undefined || tag === undefined || caller === undefined) continue;
    return {
      kind: 'block',
      address: addressOf(address),
      size: Number.parseInt(size, 16),
      tag: wholeTag(tag),
      caller: addressOf(caller),
      ...(symbol !== undefined && { symbol }),
    };
  }
  return undefined;
}

function addressOf(digits: string): bigint {
  return BigInt(`0x${digits.replace(/^0x/i, '').replace('`', '')}`);
}
