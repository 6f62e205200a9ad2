import type { SymbolTable } from '../symbol-table.js';
import { FRAME_WORDS, type FrameTable } from './frame-table.js';

/** Everything that is asked of a symbol file, ready to be searched. */
export interface SymbolIndex {
  readonly table: SymbolTable;
  readonly frames: FrameTable;
  readonly sections: readonly { readonly rva: number; readonly size: number }[];
}

/** What an index was made of; it holds for nothing else. */
export interface IndexStamp {
  readonly kind: 'pdb' | 'coff';
  /** GUID and age of a PDB, time stamp and size of an image. */
  readonly key: string;
  /** Of the symbol file: bytes, and ms since 1970. */
  readonly size: number;
  readonly modified: number;
}

const MAGIC = Buffer.from('LDSYMIDX', 'latin1');
/** To be raised whenever the layout, or what is put into it, changes. */
const VERSION = 2;
const HEAD_BYTES = MAGIC.length + 8;

interface Counts {
  readonly names: number;
  readonly text: number;
  readonly frames: number;
  readonly frameText: number;
  readonly sections: number;
}

/** As one piece of bytes: magic, version, length of the stamp, stamp, and the arrays as they lie in memory, little-endian. */
export function packIndex(index: SymbolIndex, stamp: IndexStamp): Buffer {
  const { table, frames, sections } = index;
  const counts: Counts = {
    names: table.rvas.length,
    text: table.text.length,
    frames: frames.starts.length,
    frameText: frames.text.length,
    sections: sections.length,
  };
  const head = Buffer.from(JSON.stringify({ stamp, counts }));
  const sizes = Uint32Array.from(sections.flatMap(({ rva, size }) => [rva, size]));
  const fixed = Buffer.alloc(8);
  fixed.writeUInt32LE(VERSION, 0);
  fixed.writeUInt32LE(head.length, 4);
  const arrays = [table.rvas, table.offsets, frames.starts, frames.words, sizes];
  return Buffer.concat([
    MAGIC,
    fixed,
    head,
    ...arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
    table.flags,
    table.text,
    frames.text,
  ]);
}

/** Undefined for an index of something else, of another version, or a damaged one. */
export function unpackIndex(bytes: Buffer, stamp: IndexStamp): SymbolIndex | undefined {
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (bytes.readUInt32LE(MAGIC.length) !== VERSION) return undefined;
  const headEnd = HEAD_BYTES + bytes.readUInt32LE(MAGIC.length + 4);
  const counts = readCounts(bytes.subarray(HEAD_BYTES, headEnd), stamp);
  if (!counts) return undefined;
  const { names, text, frames, frameText, sections } = counts;
  const words = [names, names + 1, frames, frames * FRAME_WORDS, sections * 2];
  const total = words.reduce((sum, each) => sum + each * 4, headEnd) + names + text + frameText;
  if (total !== bytes.length) return undefined;
  let at = headEnd;
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const [rvas, offsets, starts, frameWords, sizes] = words.map((count) => numbers(take(count * 4))) as [
    ...[Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array],
  ];
  const flags = new Uint8Array(take(names));
  const table = { rvas, offsets, flags, text: take(text) };
  if (!rises(rvas) || !rises(offsets) || offsets[names] !== text || !rises(starts)) return undefined;
  return {
    table,
    frames: { starts, words: frameWords, text: take(frameText) },
    sections: Array.from({ length: sections }, (_, index) => ({
      rva: sizes[index * 2] as number,
      size: sizes[index * 2 + 1] as number,
    })),
  };
}

function readCounts(head: Buffer, stamp: IndexStamp): Counts | undefined {
  try {
    const { stamp: made, counts } = JSON.parse(head.toString()) as { stamp: IndexStamp; counts: Counts };
    const same =
      made.kind === stamp.kind &&
      made.key === stamp.key &&
      made.size === stamp.size &&
      made.modified === stamp.modified;
    const fields = [counts.names, counts.text, counts.frames, counts.frameText, counts.sections];
    return same && fields.every((each) => Number.isSafeInteger(each) && each >= 0) ? counts : undefined;
  } catch {
    return undefined;
  }
}

function numbers(bytes: Buffer): Uint32Array {
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function rises(sorted: Uint32Array): boolean {
  for (let index = 1; index < sorted.length; index++)
    if ((sorted[index - 1] as number) > (sorted[index] as number)) return false;
  return true;
}
