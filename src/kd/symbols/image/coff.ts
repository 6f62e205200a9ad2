import { type ReadAt, zeroText } from '../bytes.js';
import { undecorated } from '../decoration.js';
import type { NamedAddress } from '../symbol-table.js';
import type { ImageHeaders } from './image.js';

const RECORD_BYTES = 18;
/** Larger tables are no tables: a kernel has 26,000 records. Bytes of both. */
const LARGEST_TABLE = 256 << 20;
const LONGEST_NAME = 4096;
const EXTERNAL = 2;
/** External, static, and weak as GNU tools write it. */
const CLASSES = new Set([EXTERNAL, 3, 105]);

/**
 * Reads the COFF symbol table of an image FILE, which MinGW writes instead of a PDB. Symbols without a section (undefined, absolute,
 * debugging) and the sections' own are left out. Undefined where the file has none, or ends before it.
 */
export async function readCoffSymbols(read: ReadAt, headers: ImageHeaders): Promise<NamedAddress[] | undefined> {
  const place = headers.coffSymbols;
  const tableBytes = (place?.count ?? 0) * RECORD_BYTES;
  if (!place || tableBytes > LARGEST_TABLE) return undefined;
  const records = await read(place.fileOffset, tableBytes);
  if (records.length < tableBytes) return undefined;
  const texts = await readTexts(read, place.fileOffset + tableBytes);
  const found: NamedAddress[] = [];
  for (let at = 0; at < records.length; ) {
    const auxiliary = records.readUInt8(at + 17);
    const section = headers.sections[records.readInt16LE(at + 12) - 1];
    const name = section && CLASSES.has(records.readUInt8(at + 16)) ? recordName(records, at, texts) : '';
    // Names with a dot in front are those of sections.
    if (section && name !== '' && !name.startsWith('.')) {
      const rva = section.rva + records.readUInt32LE(at + 8);
      const isFunction = records.readUInt16LE(at + 14) >>> 4 === 2;
      const isLabel = records.readUInt8(at + 16) !== EXTERNAL;
      const named = { name: undecorated(name, headers.machine), rva, isFunction };
      if (rva <= 0xffffffff) found.push(isLabel ? { ...named, isLabel } : named);
    }
    at += RECORD_BYTES * (1 + auxiliary);
  }
  return found;
}

/** The string table behind the records; its length, which counts itself, stands in front. */
async function readTexts(read: ReadAt, at: number): Promise<Buffer> {
  const length = await read(at, 4);
  return length.length < 4 ? length : read(at, Math.min(length.readUInt32LE(0), LARGEST_TABLE));
}

/** Up to eight bytes in the record itself, or a zero and the place in the string table. */
function recordName(records: Buffer, at: number, texts: Buffer): string {
  if (records.readUInt32LE(at) !== 0) return zeroText(records.subarray(at, at + 8), 0);
  const place = records.readUInt32LE(at + 4);
  return place >= 4 && place < texts.length ? zeroText(texts.subarray(place, place + LONGEST_NAME), 0) : '';
}
