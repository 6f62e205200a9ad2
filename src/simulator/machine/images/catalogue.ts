import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernelFamily } from '../kernels.js';
import type { MachineLayout } from '../layout.js';
import type { MachineArchitecture } from '../machine.js';
import { type PdbPublics, readPublics, undecoratedPublic } from './pdb-publics.js';
import { type PeImage, readPe } from './pe.js';

/** An image file with its PDB, read once per process however often a machine boots from it. */
export interface CatalogueImage {
  readonly name: string;
  readonly path: string;
  readonly file: string;
  readonly pdb: string;
  readonly pe: PeImage;
  /** RVAs by symbol, decorated and plain. */
  readonly symbols: ReadonlyMap<string, number>;
  readonly place: 'kernel' | 'hal' | 'kdcom' | 'win32k' | 'ntdll' | 'drivers';
}

interface Entry {
  readonly name: string;
  readonly file: string;
  readonly path: string;
  readonly place: CatalogueImage['place'];
}

const system32 = '\\SystemRoot\\system32\\';
const driver = (name: string): Entry => ({
  name,
  file: `${name}.sys`,
  path: `${system32}DRIVERS\\${name}.sys`,
  place: 'drivers',
});

/** In the order of the boot. ntdll comes last: user threads begin with it. */
const ENTRIES: readonly Entry[] = [
  { name: 'nt', file: 'ntkrnlmp.exe', path: `${system32}ntkrnlmp.exe`, place: 'kernel' },
  { name: 'hal', file: 'hal.dll', path: `${system32}hal.dll`, place: 'hal' },
  { name: 'kdcom', file: 'kdcom.dll', path: `${system32}kdcom.dll`, place: 'kdcom' },
  driver('leakydrv'),
  driver('filterdrv'),
  { name: 'win32k', file: 'win32k.sys', path: '\\SystemRoot\\System32\\win32k.sys', place: 'win32k' },
  driver('videodrv'),
  driver('faultdrv'),
  { name: 'ntdll', file: 'ntdll.dll', path: `${system32}ntdll.dll`, place: 'ntdll' },
];

const known = new Map<string, CatalogueImage>();

/** The kernel is the family's own; everything else is shared by all that run on the architecture. */
export function imageFiles(
  architecture: MachineArchitecture,
  { folder } = kernelFamily(architecture),
): readonly CatalogueImage[] {
  return ENTRIES.map((entry) => {
    const from = entry.place === 'kernel' ? folder : architecture;
    const found = known.get(`${from}/${entry.file}`) ?? readImage(entry, from);
    known.set(`${from}/${entry.file}`, found);
    return found;
  });
}

/** Where the images of a machine and their PDBs are, the kernel's first: as a symbol path has them. */
export function imageFolders(architecture: MachineArchitecture, { folder } = kernelFamily(architecture)): string[] {
  return [...new Set([folder, architecture])].map((each) => fileURLToPath(folderOf(each)).replace(/[\\/]$/, ''));
}

function folderOf(name: string): URL {
  return new URL(`../../../../fixtures/images/${name}/`, import.meta.url);
}

function readImage({ name, file, path, place }: Entry, folder: string): CatalogueImage {
  const image = fileURLToPath(new URL(file, folderOf(folder)));
  const pdb = image.replace(/\.\w+$/, '.pdb');
  const pe = readPe(readFileSync(image));
  return { name, path, place, file: image, pdb, pe, symbols: symbolsOf(pe, readPublics(readFileSync(pdb))) };
}

function symbolsOf(pe: PeImage, publics: PdbPublics): Map<string, number> {
  const symbols = new Map(pe.exports);
  for (const { name, section, offset } of publics.symbols) {
    const rva = (pe.sections[section - 1]?.rva ?? 0) + offset;
    symbols.set(name, rva);
    if (!pe.wide && !symbols.has(undecoratedPublic(name))) symbols.set(undecoratedPublic(name), rva);
  }
  return symbols;
}

/** The base of each image: drivers follow one another, each on a 4 KB boundary with a gap as the loader leaves one. */
export function bases(files: readonly CatalogueImage[], layout: MachineLayout): number[] {
  let next = layout.drivers;
  return files.map(({ place, pe }) => {
    if (place !== 'drivers') return layout[place];
    const base = next;
    next += Math.ceil(pe.size / 4096) * 4096 + 0x1000;
    return base;
  });
}
