import { type ReadAt, zeroText } from '../bytes.js';

export interface SectionHeader {
  /** As the header has it; long names of MinGW stand as `/4`. */
  readonly name: string;
  readonly rva: number;
  /** Bytes in memory. */
  readonly size: number;
  readonly fileOffset: number;
  /** Bytes in the file. */
  readonly fileSize: number;
  readonly executable: boolean;
  /** Given back once its boot is through. */
  readonly discardable: boolean;
}

/** What the headers of a PE image say. The same in the file and in memory, where Windows changes at most `imageBase`. */
export interface ImageHeaders {
  /** IMAGE_FILE_MACHINE_*. */
  readonly machine: number;
  readonly timeStamp: number;
  readonly sizeOfImage: number;
  readonly checkSum: number;
  readonly imageBase: bigint;
  /** 0 when there is none. */
  readonly entryRva: number;
  readonly sections: readonly SectionHeader[];
  readonly directories: readonly { readonly rva: number; readonly size: number }[];
  /** Where the image FILE has a COFF symbol table; memory never has it. */
  readonly coffSymbols?: { readonly fileOffset: number; readonly count: number };
}

/** x86 in the headers: the one machine with decorated names and frame data. */
export const MACHINE_X86 = 0x14c;

/** Holds the headers of nearly every image, bytes: one request over the wire. */
const FIRST_READ = 0x300;
/** The same without the section headers: from where they say where the PE headers are, up to the data directory for debugging. */
const SHORT_START = 0x3c;
const FIRST_SHORT_READ = 0x1c8 - SHORT_START;
/** Data directories that are read without the section headers. */
const FIRST_DIRECTORIES = 7;
/** PE headers farther away than this are no PE headers. */
const LAST_HEADER = 0x1000;
/** The loader of Windows takes no more. */
const MOST_SECTIONS = 96;

/**
 * Reads the headers of a PE image, from a file or from memory; undefined if there are none, or they cannot be read.
 * @param wanted without sections, it is an image for certain, and the first seven data directories are enough
 */
export async function readImageHeaders(
  read: ReadAt,
  wanted: 'all' | 'without sections' = 'all',
): Promise<ImageHeaders | undefined> {
  const sections = wanted === 'all';
  const start = sections ? 0 : SHORT_START;
  const first = await read(start, sections ? FIRST_READ : FIRST_SHORT_READ);
  let bytes = Buffer.concat([Buffer.alloc(start), first]);
  if (bytes.length < 0x40 || (sections && bytes.toString('latin1', 0, 2) !== 'MZ')) return undefined;
  const header = bytes.readUInt32LE(0x3c);
  if (header > LAST_HEADER) return undefined;
  const want = async (length: number) => {
    if (bytes.length < length) bytes = Buffer.concat([bytes, await read(bytes.length, length - bytes.length)]);
    return bytes.length >= length;
  };
  if (!(await want(header + 26)) || bytes.readUInt32LE(header) !== 0x4550) return undefined;
  const count = sections ? bytes.readUInt16LE(header + 6) : 0;
  const optional = header + 24;
  const optionalBytes = bytes.readUInt16LE(header + 20);
  const magic = optionalBytes >= 2 && bytes.readUInt16LE(optional);
  const tables = optional + (magic === 0x20b ? 112 : 96);
  if ((magic !== 0x10b && magic !== 0x20b) || tables > optional + optionalBytes) return undefined;
  const needed = sections ? optional + optionalBytes + count * 40 : tables + FIRST_DIRECTORIES * 8;
  if (count > MOST_SECTIONS || !(await want(Math.min(needed, optional + optionalBytes + count * 40)))) return undefined;
  const most = sections ? 16 : FIRST_DIRECTORIES;
  const present = Math.min(bytes.readUInt32LE(tables - 4), most, (optional + optionalBytes - tables) >>> 3);
  const [symbols, symbolCount] = [bytes.readUInt32LE(header + 12), bytes.readUInt32LE(header + 16)];
  return {
    machine: bytes.readUInt16LE(header + 4),
    timeStamp: bytes.readUInt32LE(header + 8),
    sizeOfImage: bytes.readUInt32LE(optional + 56),
    checkSum: bytes.readUInt32LE(optional + 64),
    imageBase: magic === 0x20b ? bytes.readBigUInt64LE(optional + 24) : BigInt(bytes.readUInt32LE(optional + 28)),
    entryRva: bytes.readUInt32LE(optional + 16),
    sections: readSectionHeaders(bytes.subarray(optional + optionalBytes, optional + optionalBytes + count * 40)),
    directories: Array.from({ length: present }, (_, index) => ({
      rva: bytes.readUInt32LE(tables + index * 8),
      size: bytes.readUInt32LE(tables + index * 8 + 4),
    })),
    ...(symbols !== 0 && symbolCount !== 0 && { coffSymbols: { fileOffset: symbols, count: symbolCount } }),
  };
}

/** IMAGE_SECTION_HEADERs, one behind the other, as images and PDBs have them. */
export function readSectionHeaders(bytes: Buffer): SectionHeader[] {
  return Array.from({ length: Math.floor(bytes.length / 40) }, (_, index) => {
    const at = index * 40;
    const flags = bytes.readUInt32LE(at + 36);
    return {
      name: zeroText(bytes.subarray(at, at + 8), 0),
      size: bytes.readUInt32LE(at + 8),
      rva: bytes.readUInt32LE(at + 12),
      fileSize: bytes.readUInt32LE(at + 16),
      fileOffset: bytes.readUInt32LE(at + 20),
      executable: (flags & 0x2000_0020) !== 0,
      discardable: (flags & 0x0200_0000) !== 0,
    };
  });
}

/** The section that holds an RVA. */
export function sectionAt<Section extends { readonly rva: number; readonly size: number }>(
  sections: readonly Section[],
  rva: number,
): Section | undefined {
  return sections.find((each) => each.rva <= rva && rva < each.rva + each.size);
}

/** Where an RVA is to be read: at itself in a mapped image, by its section in a file. Undefined where the file has nothing. */
export function placeOf(headers: ImageHeaders, rva: number, mapped: boolean): number | undefined {
  if (mapped) return rva < headers.sizeOfImage ? rva : undefined;
  const section = headers.sections.find((each) => each.rva <= rva && rva < each.rva + each.fileSize);
  return section && rva - section.rva + section.fileOffset;
}
