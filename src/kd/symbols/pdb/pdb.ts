import { BadFile, type ByteSource, u32 } from '../bytes.js';
import { undecorated } from '../decoration.js';
import { readSectionHeaders, type SectionHeader } from '../image/image.js';
import { formatGuid } from '../image/image-debug.js';
import type { NamedAddress } from '../symbol-table.js';
import { DBI_STREAM, type Dbi, parseDbi } from './dbi.js';
import { type FrameData, parseFpo, parseFrameData } from './frame-data.js';
import { type Msf, openMsf } from './msf.js';
import { type AddressMap, parseOmap, UNMOVED } from './omap.js';
import { INFO_BYTES, INFO_STREAM, namedStream, parseNames } from './pdb-names.js';
import { readSymbolRecords, type SectionSymbol } from './symbol-records.js';

/** What tells one PDB from another. */
export interface PdbIdentity {
  /** 32 hex digits, upper case. */
  readonly guid: string;
  /** The linker's count, which images repeat; a tool that changes the PDB later counts on only in the other. */
  readonly age: number;
  readonly lastAge: number;
}

/** All of a PDB that a kernel debugger needs, with the RVAs of the image as it is. */
export interface PdbContent extends PdbIdentity {
  readonly machine: number;
  readonly sections: readonly SectionHeader[];
  readonly symbols: readonly NamedAddress[];
  readonly frames: readonly FrameData[];
}

/** @throws BadFile */
export async function readPdbIdentity(source: ByteSource): Promise<PdbIdentity> {
  const msf = await openMsf(source);
  const dbi = await msf.read(DBI_STREAM, 64);
  return identity(await msf.read(INFO_STREAM, INFO_BYTES), dbi.length < 12 ? undefined : u32(dbi, 8));
}

function identity(info: Buffer, age: number | undefined): PdbIdentity {
  if (info.length < INFO_BYTES) throw new BadFile('it is a damaged PDB: it does not say which image it belongs to');
  const lastAge = u32(info, 8);
  return { guid: formatGuid(info, 12), age: age ?? lastAge, lastAge };
}

/** Is this the PDB that an image asks for? */
export function belongsTo(pdb: PdbIdentity, wanted: { readonly guid: string; readonly age: number }): boolean {
  return pdb.guid === wanted.guid && (pdb.age === wanted.age || pdb.lastAge >= wanted.age);
}

/** @throws BadFile */
export async function readPdb(source: ByteSource): Promise<PdbContent> {
  const msf = await openMsf(source);
  const info = await msf.read(INFO_STREAM);
  const dbi = parseDbi(await msf.read(DBI_STREAM));
  const sections = await readSections(msf, dbi.sections);
  const map = dbi.omapFromSource === undefined ? UNMOVED : parseOmap(await msf.read(dbi.omapFromSource));
  const linked = map === UNMOVED ? sections : await readSections(msf, dbi.originalSections ?? dbi.sections);
  const texts = await readTexts(msf, info, dbi);
  const frames = [
    ...(dbi.fpo === undefined ? [] : parseFpo(await msf.read(dbi.fpo))),
    ...(dbi.frameData === undefined ? [] : parseFrameData(await msf.read(dbi.frameData), texts)),
  ];
  return {
    ...identity(info, dbi.age),
    machine: dbi.machine,
    sections,
    symbols: placed(await readSymbols(msf, dbi), linked, map, dbi.machine),
    frames: map === UNMOVED ? frames : moved(frames, map),
  };
}

async function readSections(msf: Msf, stream: number | undefined): Promise<readonly SectionHeader[]> {
  return stream === undefined ? [] : readSectionHeaders(await msf.read(stream));
}

async function readTexts(msf: Msf, info: Buffer, dbi: Dbi): Promise<(offset: number) => string> {
  const stream = dbi.frameData === undefined ? undefined : namedStream(info, '/names');
  return stream === undefined ? () => '' : parseNames(await msf.read(stream));
}

async function readSymbols(msf: Msf, dbi: Dbi): Promise<SectionSymbol[]> {
  const found = [...readSymbolRecords(await msf.read(dbi.symbolStream))];
  const read = new Set<number>();
  for (const { stream, symbolBytes } of dbi.modules) {
    if (read.has(stream)) continue;
    read.add(stream);
    // The four bytes before the symbols are a signature.
    for (const symbol of readSymbolRecords(await msf.read(stream, symbolBytes), 4)) found.push(symbol);
  }
  return found;
}

/**
 * Public symbols, and of the others those at places that have no public one. Where several public ones share an address, the one
 * with a procedure's name comes first.
 */
function placed(
  symbols: readonly SectionSymbol[],
  sections: readonly SectionHeader[],
  map: AddressMap,
  machine: number,
): NamedAddress[] {
  const found: NamedAddress[] = [];
  const taken = new Set<number>();
  const shared = new Map<number, Set<string>>();
  const add = (symbol: SectionSymbol) => {
    const section = sections[symbol.section - 1];
    // Symbols without a section are numbers, not addresses.
    const rva = section && map.translate(section.rva + symbol.offset);
    if (rva === undefined || rva > 0xffffffff) return;
    if (!symbol.isPublic && symbol.isFunction) shared.get(rva)?.add(symbol.name);
    if (!symbol.isPublic && taken.has(rva)) return;
    const name = symbol.isPublic ? undecorated(symbol.name, machine) : symbol.name;
    found.push({ name, rva, isFunction: symbol.isFunction });
    if (symbol.isPublic && taken.has(rva)) shared.set(rva, new Set());
    if (symbol.isPublic) taken.add(rva);
  };
  for (const symbol of symbols) if (symbol.isPublic) add(symbol);
  for (const symbol of symbols) if (!symbol.isPublic) add(symbol);
  return found.map((each) => {
    const procedures = shared.get(each.rva);
    return procedures && !procedures.has(each.name) ? { ...each, isLabel: true } : each;
  });
}

/** A linker tears few stretches, and none into more pieces than the whole map has. */
const MOST_TORN = 2;

/** @throws BadFile where the pieces would eat up the memory */
function moved(frames: readonly FrameData[], map: AddressMap): FrameData[] {
  const found: FrameData[] = [];
  const most = MOST_TORN * (frames.length + map.entries);
  for (const frame of frames) {
    found.push(...movedFrames(frame, map));
    if (found.length > most)
      throw new BadFile('it is a damaged PDB: its frame data covers the same code again and again');
  }
  return found;
}

/** Only the first piece has the prolog. */
function movedFrames(frame: FrameData, map: AddressMap): FrameData[] {
  return map.pieces(frame.rva, frame.size).map(({ rva, size }, index) => ({
    ...frame,
    rva,
    size,
    ...(index > 0 && { prolog: 0, isFunctionStart: false }),
  }));
}
