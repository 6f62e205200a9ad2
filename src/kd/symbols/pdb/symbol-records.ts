import { zeroText } from '../bytes.js';

/** A symbol where the linker saw it: in a section of the image before anything moved code about. */
export interface SectionSymbol {
  /** Still decorated. */
  readonly name: string;
  /** Counted from 1. */
  readonly section: number;
  readonly offset: number;
  readonly isFunction: boolean;
  /** From the symbols for every linker, not from those of one object file. */
  readonly isPublic: boolean;
}

const S_PUB32 = 0x110e;
/** S_PUB32 of compilers before 2003: its name has a length, and no zero. */
const S_PUB32_ST = 0x1009;
const DATA = new Set([0x110c, 0x110d]);
/** Procedures of an object file, static or not; those with type ids are of 2012 and later. */
const PROCEDURES = new Set([0x110f, 0x1110, 0x1146, 0x1147]);
const FUNCTION_FLAG = 2;

/** Reads what names an address: public symbols, and procedures and variables, of which static ones have no public symbol. */
export function* readSymbolRecords(bytes: Buffer, from = 0): Generator<SectionSymbol> {
  for (let at = from; at + 4 <= bytes.length; ) {
    const end = at + 2 + bytes.readUInt16LE(at);
    // A record has a kind at least; whatever follows a broken one cannot be found.
    if (end < at + 4 || end > bytes.length) return;
    const symbol = readRecord(bytes.subarray(at, end));
    if (symbol && symbol.name !== '') yield symbol;
    at = end;
  }
}

function readRecord(record: Buffer): SectionSymbol | undefined {
  const kind = record.readUInt16LE(2);
  if (PROCEDURES.has(kind)) {
    if (record.length < 40) return undefined;
    const place = { section: record.readUInt16LE(36), offset: record.readUInt32LE(32) };
    return { ...place, name: zeroText(record, 39), isFunction: true, isPublic: false };
  }
  if (record.length < 15 || (kind !== S_PUB32 && kind !== S_PUB32_ST && !DATA.has(kind))) return undefined;
  const place = { section: record.readUInt16LE(12), offset: record.readUInt32LE(8) };
  if (kind === S_PUB32_ST)
    return {
      ...place,
      name: record.toString('latin1', 15, 15 + record.readUInt8(14)),
      isFunction: false,
      isPublic: true,
    };
  const isFunction = kind === S_PUB32 && (record.readUInt32LE(4) & FUNCTION_FLAG) !== 0;
  return { ...place, name: zeroText(record, 14), isFunction, isPublic: kind === S_PUB32 };
}
