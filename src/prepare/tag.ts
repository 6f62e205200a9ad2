import { EXIT, Fault } from '../fault.js';
import { readTagText } from './tag-text.js';

/** A pool tag in every form that people meet. */
export interface PoolTag {
  /** Four characters; bytes that are not printable ASCII stand as `\xNN`. */
  readonly tag: string;
  /** The bytes in memory order, first character first. */
  readonly bytes: readonly number[];
  /** The bytes read as a little-endian 32-bit number: what the registry value and the debugger's `dd` show. */
  readonly value: number;
  /** `*` or `?` is among the characters. */
  readonly wildcard: boolean;
  /** What the user should know about this tag, in sentences. */
  readonly notes: readonly string[];
}

/** Windows takes a PoolTag below one page as a size of allocations. Source: Driver Verifier documentation, special pool. */
const PAGE_SIZE = 0x1000;
/** Set in the tag of protected pool: the driver passes it, the bytes in memory carry it. Source: wdm.h, PROTECTED_POOL. */
const PROTECTED_POOL = 0x80000000;

/**
 * Encodes the tag as PoolMon and driver sources in order of reading show it.
 * @param text one to four printable ASCII characters; case is kept, short tags are padded with blanks
 * @throws Fault `tag-…` for anything else
 */
export function encodeTag(text: string): PoolTag {
  if (text.trim() === '') throw bad('tag-empty', 'A pool tag has one to four characters; this one has none.');
  const odd = [...text].find((char) => char < ' ' || char > '~');
  if (odd !== undefined)
    throw bad(
      'tag-characters',
      `${JSON.stringify(odd)} cannot be part of a pool tag: its four bytes are printable ASCII characters.`,
    );
  if (text.length > 4)
    throw bad(
      'tag-too-long',
      `'${text}' has ${text.length} characters; a pool tag is four bytes and has no room for more.`,
    );
  const bytes = [...text.padEnd(4)].map((char) => char.charCodeAt(0));
  return describe(bytes, shortNotes(text, bytes));
}

const ALONE = 'With blanks behind it * is a wildcard of tags; for every allocation Windows takes * alone, 0x0000002a.';

function shortNotes(text: string, bytes: readonly number[]): string[] {
  if (text.trim() === '*') return [ALONE];
  if (text.length === 4) return [];
  const unpadded = littleEndian([...bytes.slice(0, text.length), 0, 0, 0].slice(0, 4));
  return [
    `Padded with blanks, as Windows and PoolMon do. A driver that wrote '${reversed(text)}' in C has zero bytes there instead: then the value is ${hexTag(unpadded)}.`,
  ];
}

/**
 * Reads a tag in the forms that debuggers, registries and sources show.
 * @param input `0x206b6444`, `206b6444`, ``00000000`206b6444``, `206b6444h`, `dword:206b6444`, `0n543908932`, decimal, the bytes
 *   `44 64 6b 20`, or kd's byte-swapped `' kdD'`, with or without quotes
 * @throws Fault `tag-…`
 */
export function decodeTag(input: string): PoolTag {
  const read = readTagText(input);
  switch (read.kind) {
    case 'quoted':
      return swapped(read.text, []);
    case 'bytes':
      return numeric(littleEndian(read.bytes), ['Read as bytes in the order in which they lie in memory.']);
    case 'number':
      return numeric(
        read.value,
        read.marked ? [] : read.radix === 'hex' ? decimalToo(input.trim()) : swapToo(input.trim()),
      );
    case 'bare':
      if (read.text.length > 4)
        throw bad('tag-unreadable', `'${input}' is not a pool tag in a form this program knows.`);
      return swapped(read.text, [
        `Read as kd's byte-swapped form, '${input.padStart(4)}'. If it is the tag as PoolMon shows it, use: livedebug tag encode "${input}"`,
      ]);
  }
}

function swapped(text: string, notes: string[]): PoolTag {
  const forward = reversed(text);
  const { bytes } = encodeTag(forward);
  const pad =
    text.length < 4 ? [`Write it with its blanks, '${text.padStart(4)}': without them kd puts zero bytes there.`] : [];
  return describe(bytes, [...notes, ...pad]);
}

function numeric(given: bigint | number, notes: string[]): PoolTag {
  if (given < 0 || given > 0xffffffff)
    throw bad(
      'tag-too-large',
      `0x${given.toString(16)} does not fit in the 32 bits of a pool tag.`.replace('0x-', '-0x'),
    );
  const value = Number(given);
  if (value === 0x2a)
    return describe(bytesOf(value), ['0x2a is `*` alone: Windows serves every allocation from special pool.']);
  if (value < PAGE_SIZE)
    throw bad(
      'tag-is-size',
      `${hexTag(value)} is below the page size (0x1000): Windows takes such a PoolTag value as a size, and serves every allocation of ${value} bytes from special pool.`,
    );
  return describe(bytesOf(value), notes);
}

function decimalToo(text: string): string[] {
  const decimal = /^\d+$/.test(text) ? Number(text) : 0;
  return decimal === 0
    ? []
    : [`Eight digits are read as hexadecimal; as a decimal number it would be ${hexTag(decimal)}.`];
}

function swapToo(text: string): string[] {
  return text.length > 4
    ? []
    : [`Read as a decimal number. For kd's byte-swapped form put quotes around it: "'${text.padStart(4)}'"`];
}

/** Whether a tag as somebody has typed it matches every tag, where * and ? are wildcards. */
export function isEveryTag(text: string): boolean {
  return /^(?:[?]*[*][*?]*|[?]{4})$/.test(text.trim()) && text.trim().length <= 4;
}

/** `*` alone is a value of its own to Windows; others that match every tag are their characters. */
export function everyTag(text: string): PoolTag {
  return text.trim() === '*' ? { ...decodeTag('0x2a'), tag: '*' } : encodeTag(text);
}

/** Describes four bytes in memory order as a tag; `notes` are those that their spelling calls for. */
function describe(bytes: readonly number[], notes: readonly string[]): PoolTag {
  const value = littleEndian(bytes);
  const wildcard = value === 0x2a || (!bytes.includes(0) && bytes.some((byte) => byte === 0x2a || byte === 0x3f));
  return {
    tag: bytes.map((byte) => (isPrintable(byte) ? String.fromCharCode(byte) : `\\x${twoDigits(byte)}`)).join(''),
    bytes,
    value,
    wildcard,
    notes: [...notes, ...(wildcard && value !== 0x2a ? [WILDCARD] : []), ...oddBytes(value, bytes)],
  };
}

/** What a tag with a wildcard means in PoolTag. */
export const WILDCARD =
  'Windows reads * and ? in PoolTag as wildcards: every matching tag goes to special pool, which may exhaust it soon.';

function oddBytes(value: number, bytes: readonly number[]): string[] {
  if (value === 0x2a || bytes.every(isPrintable)) return [];
  const bare = (value & ~PROTECTED_POOL) >>> 0;
  if (bare !== value && bytesOf(bare).every(isPrintable))
    return [
      `The highest bit marks protected pool; without it the tag is '${String.fromCharCode(...bytesOf(bare))}' (${hexTag(bare)}).`,
    ];
  if (bytes.includes(0) && bytes.every((byte) => byte === 0 || isPrintable(byte)))
    return [
      'Zero bytes: a driver wrote a short tag in C. PoolMon shows them as blanks, but they are not the same tag.',
    ];
  return ['Not all four bytes are printable ASCII: is this really a pool tag?'];
}

/** `0x206b6444`, as `reg add` takes it and `reg query` shows it. */
export function hexTag(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/** `' kdD'`, as kd's `ed` takes it: a quoted constant has its last character lowest in memory. */
export function kdForm(tag: PoolTag): string | undefined {
  return tag.bytes.every((byte) => isPrintable(byte) && byte !== 0x27)
    ? `'${reversed(String.fromCharCode(...tag.bytes))}'`
    : undefined;
}

function bytesOf(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
}

function littleEndian(bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}

function twoDigits(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function bad(code: string, message: string): Fault {
  return new Fault(
    code,
    EXIT.usage,
    message,
    "Give the tag as PoolMon shows it (tag encode 'Ddk'), or a value to decode (tag decode 0x206b6444).",
  );
}
