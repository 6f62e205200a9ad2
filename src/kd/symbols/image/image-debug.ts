import { type ReadAt, zeroText } from '../bytes.js';
import { type ImageHeaders, placeOf } from './image.js';

/** Which PDB belongs to an image. */
export interface PdbReference {
  /** Without the folder it was built in. */
  readonly name: string;
  /** 32 hex digits, upper case, as symbol stores write it. */
  readonly guid: string;
  readonly age: number;
}

const DEBUG_DIRECTORY = 6;
const ENTRY_BYTES = 28;
const CODEVIEW = 2;
/** An image has a handful of entries. */
const MOST_ENTRIES = 32;
/** A record: `RSDS`, GUID, age, and a path. Bytes. */
const LONGEST_RECORD = 24 + 520;
/** Room for a record with a short name behind the entries, where linkers like to put it: one request over the wire instead of two. */
const RECORD_BEHIND = 40;

/** Reads the RSDS record of an image; undefined if it has none, or it is paged out or discarded. */
export async function readPdbReference(
  read: ReadAt,
  headers: ImageHeaders,
  mapped: boolean,
): Promise<PdbReference | undefined> {
  const directory = headers.directories[DEBUG_DIRECTORY];
  const place = directory && directory.rva !== 0 ? placeOf(headers, directory.rva, mapped) : undefined;
  if (!directory || place === undefined) return undefined;
  const size = Math.min(directory.size, MOST_ENTRIES * ENTRY_BYTES);
  const entries = (await read(place, mapped ? size + RECORD_BEHIND : size)).subarray(0, size);
  for (let at = 0; at + ENTRY_BYTES <= entries.length; at += ENTRY_BYTES) {
    if (entries.readUInt32LE(at + 12) !== CODEVIEW) continue;
    const length = Math.min(entries.readUInt32LE(at + 16), LONGEST_RECORD);
    const reference = parseRsds(await read(entries.readUInt32LE(at + (mapped ? 20 : 24)), length));
    if (reference) return reference;
  }
  return undefined;
}

function parseRsds(record: Buffer): PdbReference | undefined {
  if (record.length < 25 || record.toString('latin1', 0, 4) !== 'RSDS') return undefined;
  // A terminal gets to see this.
  const name = zeroText(record, 24)
    .replace(/^.*[\\/]/s, '')
    .replace(/[\x01-\x1f\x7f-\x9f]/g, '?');
  return name === '' ? undefined : { name, guid: formatGuid(record, 4), age: record.readUInt32LE(20) };
}

/** The 16 bytes of a GUID as 32 hex digits: a number, two half ones, and eight bytes. */
export function formatGuid(bytes: Buffer, at: number): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const head = hex(bytes.readUInt32LE(at), 8) + hex(bytes.readUInt16LE(at + 4), 4) + hex(bytes.readUInt16LE(at + 6), 4);
  return (head + bytes.toString('hex', at + 8, at + 16)).toUpperCase();
}
