import { formatAddress } from '../../../kd-text/address.js';
import type { Architecture } from '../../control/architecture.js';
import { addressText } from './place-text.js';

/** One way to show memory. */
export interface DumpKind {
  /** Bytes of a unit. */
  readonly bytes: 1 | 2 | 4 | 8;
  readonly perLine: number;
  readonly characters: boolean;
}

/** The units of `d*` and `e*` by letter; `p` is as wide as a pointer. Source: "d, da, db, dc, dd, …". */
export function dumpKind(letter: string, architecture: Architecture): DumpKind | undefined {
  switch (letter) {
    case 'b':
      return { bytes: 1, perLine: 16, characters: true };
    case 'w':
      return { bytes: 2, perLine: 8, characters: false };
    case 'd':
      return { bytes: 4, perLine: 4, characters: false };
    case 'c':
      return { bytes: 4, perLine: 4, characters: true };
    case 'q':
      return { bytes: 8, perLine: 2, characters: false };
    case 'p':
      return dumpKind(architecture.bits === 32 ? 'd' : 'q', architecture);
    default:
      return undefined;
  }
}

/**
 * Memory in kd's lines.
 * @param bytes what could be read; the rest of `length` shows as question marks
 */
export function dumpLines(
  kind: DumpKind,
  address: bigint,
  bytes: Buffer,
  length: number,
  architecture: Architecture,
): string[] {
  const lines: string[] = [];
  const step = kind.bytes * kind.perLine;
  for (let at = 0; at < length; at += step) {
    const here = Math.min(step, length - at);
    const units: string[] = [];
    for (let unit = 0; unit < here; unit += kind.bytes) units.push(unitText(bytes, at + unit, kind.bytes));
    const place = formatAddress(addressText(address + BigInt(at)), architecture.bits);
    const text = kind.bytes === 1 ? bytesText(units) : units.join(' ');
    const width = kind.perLine * (kind.bytes * 2 + 1) - 1;
    const characters = kind.characters ? `  ${charactersOf(bytes.subarray(at, at + here), here)}` : '';
    lines.push(`${place}  ${kind.characters ? text.padEnd(width) : text}${characters}`);
  }
  return lines;
}

/**
 * A value on each line, for `dds dqs dps`, and what it is as an address; undefined for what could not be read, or is none.
 * @param bytes what could be read of `length`
 */
export function namedValues(
  kind: DumpKind,
  address: bigint,
  bytes: Buffer,
  length: number,
  architecture: Architecture,
): { readonly line: string; readonly value: bigint | undefined }[] {
  const lines = dumpLines({ ...kind, perLine: 1 }, address, bytes, length, architecture);
  return lines.map((line, index) => {
    const at = index * kind.bytes;
    if (at + kind.bytes > bytes.length) return { line, value: undefined };
    const value = kind.bytes === 4 ? BigInt(bytes.readUInt32LE(at)) : bytes.readBigUInt64LE(at);
    return { line, value: value >> BigInt(architecture.bits) === 0n ? value : undefined };
  });
}

// The eighth and ninth byte of a line are held apart by a dash.
function bytesText(units: readonly string[]): string {
  if (units.length <= 8) return units.join(' ');
  return `${units.slice(0, 8).join(' ')}-${units.slice(8).join(' ')}`;
}

function unitText(bytes: Buffer, at: number, length: number): string {
  if (at + length > bytes.length) return length === 8 ? '????????`????????' : '?'.repeat(length * 2);
  const digits = bytes.subarray(at, at + length).toReversed();
  const hex = Buffer.from(digits).toString('hex');
  return length === 8 ? `${hex.slice(0, 8)}\`${hex.slice(8)}` : hex;
}

function charactersOf(bytes: Buffer, length: number): string {
  const shown = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return shown.padEnd(length, '?');
}

/** A string in memory, as `da` and `du` show it: in pieces, each with its address. */
export function stringLines(address: bigint, bytes: Buffer, wide: boolean, architecture: Architecture): string[] {
  const size = wide ? 2 : 1;
  const perLine = wide ? 32 : 32;
  const characters: string[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const code = wide ? bytes.readUInt16LE(at) : (bytes[at] as number);
    if (code === 0) break;
    characters.push(code >= 0x20 && (code < 0x7f || (wide && code > 0x9f)) ? String.fromCharCode(code) : '.');
  }
  const lines: string[] = [];
  for (let at = 0; at === 0 || at < characters.length; at += perLine) {
    const place = formatAddress(addressText(address + BigInt(at * size)), architecture.bits);
    lines.push(`${place}  "${characters.slice(at, at + perLine).join('')}"`);
  }
  return lines;
}
