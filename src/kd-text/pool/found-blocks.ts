import { type Pool, wholeTag } from './tag-use.js';

/** A block that `!poolfind` has found. */
export interface FoundBlock {
  readonly address: bigint;
  /** In bytes, with its pool header in listings that show the block before it. */
  readonly size: number;
  readonly tag: string;
  /** Given back already: what is left of it. */
  readonly free: boolean;
  readonly pool?: Pool | 'special';
}

/** What a line says that begins a search, or a part of one. */
export interface FoundHeading {
  /** Four characters; a pattern where one was searched for. */
  readonly tag: string;
  /** The first part: the table of large blocks. */
  readonly begins: boolean;
  /** Which pool comes next; undefined for the table of large blocks. */
  readonly pool?: Pool | 'special';
}

// `Scanning large pool allocation table for Tag: SeSd (827d1000 : 827e9000)`, of today `… for tag 0x64536553 (SeSd) (…)`.
const SCANNING = /^\s*Scanning large pool allocation table for [Tt]ag:? /;
// `Searching NonPaged pool (823b1000 : 82800000) for Tag: SeSd`
const SEARCHING = /^\s*Searching ((?:[\w-]+ ){1,3}?)pool \([0-9a-f`]+ : [0-9a-f`]+\) for [Tt]ag:? /i;
const TAG = /^(?:0x[0-9a-f]{1,8} \((.{4})\)|'(.{4})'|(.{1,4}))/i;

/** Reads a line of `!poolfind` that says what is searched, and where; undefined for any other. */
export function parseFoundHeading(line: string): FoundHeading | undefined {
  const searching = SEARCHING.exec(line);
  const begins = searching ? null : SCANNING.exec(line);
  const words = searching ?? begins;
  const tag = words && TAG.exec(line.slice(words[0].length));
  if (!tag) return undefined;
  const named = wholeTag((tag[1] ?? tag[2] ?? tag[3] ?? '').replace(/ ?\($/, ''));
  return { tag: named, begins: begins !== null, ...poolOf(searching?.[1]) };
}

const ADDRESS = '\\*?((?:0x)?[0-9a-f]{8}(?:`?[0-9a-f]{8})?)';
// `*fffffa8000c77000 size:  430 previous size:   30  (Allocated) *Proc (Protected)`; sizes are hexadecimal.
const SIZED = new RegExp(
  `^\\s*${ADDRESS} size: +([0-9a-f]+) previous size: +[0-9a-f]+ +\\((Allocated|Free)\\s*\\) *\\*?(.{1,4})`,
  'i',
);
// `ffff830da0ce8010 : tag Proc, size     0xb70, Nonpaged pool`; without 0x only where it is 0.
const TAGGED = new RegExp(`^\\s*${ADDRESS} ?: tag (.{4}), size:? +(?:0x)?([0-9a-f]+)(?:, ([\\w ]+?)pool\\b)?`, 'i');
// `*82a51000 :large page allocation, Tag is Ddk , size is 0x2000 bytes`
const LARGE = new RegExp(`^\\s*${ADDRESS} ?: ?large page allocation, tag is (.{4}), size is 0x([0-9a-f]+) bytes`, 'i');

/** Reads a line of `!poolfind` that names a block; undefined for any other. */
export function parseFoundBlock(line: string): FoundBlock | undefined {
  const [, address, size, state, tag = ''] = SIZED.exec(line) ?? [];
  if (address !== undefined && size !== undefined)
    return { ...placed(address, size), tag: wholeTag(tag), free: state?.toLowerCase() === 'free' };
  const [, at, its, bytes, pool] = TAGGED.exec(line) ?? LARGE.exec(line) ?? [];
  if (at === undefined || its === undefined || bytes === undefined) return undefined;
  return { ...placed(at, bytes), tag: wholeTag(its), free: false, ...poolOf(pool) };
}

/** Whether a line that cannot be read looks like a block. */
export function isDamagedBlock(line: string): boolean {
  return /^\s*\*?(?:0x)?[0-9a-f]{6,}.*\b(?:size|tag)\b/i.test(line);
}

function placed(address: string, size: string): { address: bigint; size: number } {
  return { address: BigInt(`0x${address.replace(/^0x/i, '').replace('`', '')}`), size: Number.parseInt(size, 16) };
}

function poolOf(words: string | undefined): { pool: Pool | 'special' } | Record<string, never> {
  const text = words?.toLowerCase() ?? '';
  if (text.includes('special')) return { pool: 'special' };
  if (/non-?paged/.test(text)) return { pool: 'nonpaged' };
  return text.includes('paged') ? { pool: 'paged' } : {};
}
