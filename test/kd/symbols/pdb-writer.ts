import { halves, words, writeMsf } from './msf-writer.js';

export interface WrittenSymbol {
  readonly name: string;
  readonly section: number;
  readonly offset: number;
  /** S_PUB32 with flags 2 when nothing else is said. */
  readonly kind?: number;
  readonly flags?: number;
}

export interface WrittenPdb {
  readonly guid?: Buffer;
  readonly age?: number;
  readonly machine?: number;
  readonly symbols?: readonly WrittenSymbol[];
  /** Symbols of one object file. */
  readonly procedures?: readonly WrittenSymbol[];
  readonly sections?: readonly WrittenSection[];
  readonly originalSections?: readonly WrittenSection[];
  /** Pairs (from, to). */
  readonly omapFromSource?: readonly (readonly [number, number])[];
  readonly fpo?: Buffer;
  readonly frameData?: Buffer;
  /** The text of `/names`. */
  readonly names?: string;
}

export type WrittenSection = readonly [name: string, rva: number, size: number];

export const GUID = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
/** GUID as stores write it. */
export const GUID_TEXT = '33221100554477668899AABBCCDDEEFF';

export function writePdb(pdb: WrittenPdb): Buffer {
  const optional = [
    pdb.fpo,
    undefined,
    undefined,
    undefined,
    pdb.omapFromSource && words(...pdb.omapFromSource.flat()),
    sectionHeaders(pdb.sections ?? [['.text', 0x1000, 0x10000]]),
    undefined,
    undefined,
    undefined,
    pdb.frameData,
    pdb.originalSections && sectionHeaders(pdb.originalSections),
  ];
  const symbols = Buffer.concat((pdb.symbols ?? []).map(publicRecord));
  const module = Buffer.concat([words(4), ...(pdb.procedures ?? []).map(procedureRecord)]);
  const names = pdb.names ?? '\0';
  // Streams: 0 nothing, 1 info, 2 types, 3 DBI, 4 symbols, 5 /names, 6 module, then those of the optional header.
  const numbers = optional.map((each, index) => (each ? 7 + index : 0xffff));
  return writeMsf([
    Buffer.alloc(0),
    info(pdb),
    undefined,
    dbi(pdb, module.length, numbers),
    symbols,
    Buffer.concat([words(0xeffeeffe, 1, names.length), Buffer.from(names)]),
    module,
    ...optional,
  ]);
}

function info(pdb: WrittenPdb): Buffer {
  const head = Buffer.concat([words(20000404, 1, pdb.age ?? 1), pdb.guid ?? GUID]);
  return Buffer.concat([head, words(7), Buffer.from('/names\0'), words(1, 4, 1, 1, 0, 0, 5)]);
}

function dbi(pdb: WrittenPdb, moduleBytes: number, optional: readonly number[]): Buffer {
  const modules = Buffer.alloc(72);
  modules.writeUInt16LE(6, 34);
  modules.writeUInt32LE(moduleBytes, 36);
  modules.write('a\0b\0', 64);
  const header = Buffer.alloc(64);
  words(0xffffffff, 19990903, pdb.age ?? 1).copy(header);
  header.writeUInt16LE(4, 20);
  header.writeUInt32LE(modules.length, 24);
  header.writeUInt32LE(optional.length * 2, 48);
  header.writeUInt16LE(pdb.machine ?? 0x8664, 58);
  return Buffer.concat([header, modules, halves(...optional)]);
}

function record(kind: number, body: Buffer): Buffer {
  const padded = Buffer.concat([halves(kind), body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  return Buffer.concat([halves(padded.length), padded]);
}

export function publicRecord({ name, section, offset, kind = 0x110e, flags = 2 }: WrittenSymbol): Buffer {
  return record(kind, Buffer.concat([words(flags, offset), halves(section), Buffer.from(`${name}\0`)]));
}

function procedureRecord({ name, section, offset, kind = 0x110f }: WrittenSymbol): Buffer {
  const head = Buffer.concat([words(0, 0, 0, 16, 0, 0, 0, offset), halves(section), Buffer.from([0])]);
  return record(kind, Buffer.concat([head, Buffer.from(`${name}\0`)]));
}

function sectionHeaders(sections: readonly WrittenSection[]): Buffer {
  return Buffer.concat(sections.map(([name, rva, size]) => sectionHeader(name, rva, size, 0)));
}

export function sectionHeader(name: string, rva: number, size: number, fileOffset: number, flags = 0x6000_0020) {
  const header = Buffer.alloc(40);
  header.write(name, 'latin1');
  words(size, rva, size, fileOffset).copy(header, 8);
  header.writeUInt32LE(flags, 36);
  return header;
}
