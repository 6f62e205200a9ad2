import { BadFile, u16, u32 } from '../bytes.js';

/** The stream of a PDB that says where its other streams are. */
export interface Dbi {
  readonly age: number;
  readonly machine: number;
  /** The stream of all public and global symbols. */
  readonly symbolStream: number;
  readonly modules: readonly DbiModule[];
  /** Streams about the image; undefined where the PDB has none. */
  readonly fpo: number | undefined;
  readonly omapFromSource: number | undefined;
  readonly sections: number | undefined;
  readonly frameData: number | undefined;
  readonly originalSections: number | undefined;
}

/** One object file: the stream with its symbols, and how many bytes of it they are. */
export interface DbiModule {
  readonly stream: number;
  readonly symbolBytes: number;
}

export const DBI_STREAM = 3;
const HEADER_BYTES = 64;
const NO_STREAM = 0xffff;
/** Sizes of the parts between the header and the optional header: six, of which the last but one stands elsewhere. */
const PARTS_BEFORE = [24, 28, 32, 36, 40, 52];

/** @throws BadFile */
export function parseDbi(bytes: Buffer): Dbi {
  if (bytes.length < HEADER_BYTES) throw new BadFile('it is a PDB without debug information');
  const modulesBytes = u32(bytes, 24);
  const optionalAt = PARTS_BEFORE.reduce((sum, field) => sum + u32(bytes, field), HEADER_BYTES);
  const optional = bytes.subarray(optionalAt, optionalAt + u32(bytes, 48));
  const stream = (index: number) => {
    const number = index * 2 + 2 <= optional.length ? u16(optional, index * 2) : NO_STREAM;
    return number === NO_STREAM ? undefined : number;
  };
  return {
    age: u32(bytes, 8),
    machine: u16(bytes, 58),
    symbolStream: u16(bytes, 20),
    modules: parseModules(bytes.subarray(HEADER_BYTES, HEADER_BYTES + modulesBytes)),
    fpo: stream(0),
    omapFromSource: stream(4),
    sections: stream(5),
    frameData: stream(9),
    originalSections: stream(10),
  };
}

function parseModules(bytes: Buffer): DbiModule[] {
  const found: DbiModule[] = [];
  for (let at = 0; at + 64 <= bytes.length; ) {
    const stream = u16(bytes, at + 34);
    if (stream !== NO_STREAM) found.push({ stream, symbolBytes: u32(bytes, at + 36) });
    // Two names, the module's and its library's.
    const first = bytes.indexOf(0, at + 64);
    const second = first < 0 ? -1 : bytes.indexOf(0, first + 1);
    if (second < 0) break;
    at = (second + 4) & ~3;
  }
  return found;
}
