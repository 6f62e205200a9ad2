import path from 'node:path';
import { messageOf } from '../../fault.js';
import { type ByteSource, openSource, type ReadAt } from './bytes.js';
import { type ImageHeaders, readImageHeaders } from './image/image.js';
import { type PdbReference, readPdbReference } from './image/image-debug.js';
import { locateImage, locatePdb } from './locate/locate.js';
import type { Located, LocateOptions } from './locate/locate-options.js';
import { imageKey, pdbKey, type StoreKey } from './locate/store-key.js';
import type { SymbolPath } from './locate/symbol-path.js';
import { type ModuleSymbols, NO_SYMBOLS } from './module-symbols.js';
import { type FoundFile, openCoff, openExports, openPdb } from './open-symbols.js';

/** A module of the target, as its list has it. */
export interface SymbolModule {
  /** `nt` */
  readonly name: string;
  /** `ntoskrnl.exe` */
  readonly file: string;
  readonly base: bigint;
  readonly size: number;
  readonly timeStamp?: number;
  readonly checkSum: number;
}

export interface SymbolPaths {
  readonly symbols: SymbolPath;
  /** Where image files are (`-i`). */
  readonly images: SymbolPath;
}

export interface LoadOptions extends LocateOptions {
  /**
   * Whether the exports are read from the target's memory where nothing else is found. As a rule they are; a kernel has 50,000 bytes
   * of them, which take 4 s at 115200 baud.
   */
  readonly exports?: boolean;
  /** Told which PDB the module's memory refers to, before that is looked for. */
  readonly seeks?: (pdb: StoreKey) => void;
}

export interface LoadedSymbols {
  readonly symbols: ModuleSymbols;
  /** The module's image file, if it is on the image path or was found on the way: what it holds need not come over the line. */
  readonly image: string | undefined;
  /** What was tried and did not help, a line each. */
  readonly notes: readonly string[];
}

/** The kernel is always loaded as ntoskrnl.exe, and has other names where it comes from. */
const KERNELS = ['ntoskrnl.exe', 'ntkrnlmp.exe', 'ntkrnlpa.exe', 'ntkrpamp.exe'];

/**
 * Finds the names of a module: in the PDB that its memory refers to; else by its image file, which refers to a PDB too or has a COFF table;
 * else in the exports, of the file or of the target's memory. Symbol servers are asked for the image file only where it can tell more
 * than the target's memory did.
 * @param read the module's memory, from its base
 */
export async function loadSymbols(
  module: SymbolModule,
  read: ReadAt,
  paths: SymbolPaths,
  options: LoadOptions = {},
): Promise<LoadedSymbols> {
  const notes: string[] = [];
  const headers = await readImageHeaders(read, 'without sections');
  if (!headers) notes.push(`${module.file}: its headers cannot be read from the target`);
  const reference = headers && (await readPdbReference(read, headers, true));
  if (headers && !reference) notes.push(`${module.file}: the target's memory does not say which PDB belongs to it`);
  if (reference) options.seeks?.(pdbKey(reference));
  const direct = reference && (await fromPdb(reference, paths.symbols, options, notes));
  const servers = !direct && (reference === undefined || headers?.coffSymbols !== undefined);
  const imagePath = { places: [...paths.images.places, ...(servers ? paths.symbols.places : [])] };
  const image = await findImage(module, headers, reference, imagePath, options, direct ? [] : notes);
  if (direct) return { symbols: direct, image: image?.file, notes };
  const found = image && (await fromImage(image, reference, paths, options, notes));
  if (found) return { symbols: found, image: image.file, notes };
  if (headers?.coffSymbols && !image) notes.push(`${module.file}: its image file has symbols: name its folder with -i`);
  const whole = headers && options.exports !== false ? await readImageHeaders(read) : undefined;
  const symbols = whole && (await openExports(read, whole, true));
  return { symbols: symbols ?? NO_SYMBOLS, image: image?.file, notes };
}

async function fromPdb(
  reference: PdbReference,
  places: SymbolPath,
  options: LocateOptions,
  notes: string[],
): Promise<ModuleSymbols | undefined> {
  const located = await locatePdb(reference, places, options);
  noted(located, pdbKey(reference), notes);
  if (located.file === undefined) return undefined;
  try {
    return await openPdb({ ...located, file: located.file }, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    notes.push(`${located.file}: ${messageOf(error)}`);
    return undefined;
  }
}

/** With the key, so that somebody can look for the very file elsewhere. */
function noted({ file, tried }: Located, { name, key }: StoreKey, notes: string[]): void {
  if (file === undefined) for (const { where, what } of tried) notes.push(`${name} ${key}: ${where}: ${what}`);
  // Found; but a cache that could not be written slows the next session down.
  else for (const { where, what } of tried) if (where.startsWith('the cache ')) notes.push(`${where}: ${what}`);
}

/** Looks for the image file, under all names that it may have. */
async function findImage(
  module: SymbolModule,
  headers: ImageHeaders | undefined,
  reference: PdbReference | undefined,
  places: SymbolPath,
  options: LocateOptions,
  notes: string[],
): Promise<FoundFile | undefined> {
  const timeStamp = headers?.timeStamp ?? module.timeStamp;
  if (timeStamp === undefined || places.places.length === 0) return undefined;
  const size = headers?.sizeOfImage ?? module.size;
  for (const name of imageNames(module, reference)) {
    const located = await locateImage(name, timeStamp, size, places, options);
    noted(located, imageKey(name, timeStamp, size), notes);
    if (located.file !== undefined) return { file: located.file, kept: located.kept };
  }
  return undefined;
}

/** An image may be kept under the name it was built with, which its PDB has as well. */
function imageNames({ name, file }: SymbolModule, reference: PdbReference | undefined): string[] {
  const built = reference && `${path.parse(reference.name).name}${path.extname(file)}`;
  return [...new Set([file, ...(built ? [built] : []), ...(name === 'nt' && !built ? KERNELS : [])])];
}

async function fromImage(
  image: FoundFile,
  reference: PdbReference | undefined,
  paths: SymbolPaths,
  options: LocateOptions,
  notes: string[],
): Promise<ModuleSymbols | undefined> {
  let source: ByteSource | undefined;
  try {
    source = await openSource(image.file);
    const headers = await readImageHeaders(source.read);
    if (!headers) return undefined;
    const beside = { kind: 'folder', at: path.dirname(image.file), caches: [] } as const;
    const own = reference ?? (await readPdbReference(source.read, headers, false));
    // What memory referred to has been looked for already, except beside the image.
    const rest = { places: [beside, ...(reference ? [] : paths.symbols.places)] };
    const pdb = own && (await fromPdb(own, rest, options, notes));
    return (
      pdb ??
      (await openCoff(image, source, headers, options)) ??
      (await openExports(source.read, headers, false, image.file))
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    notes.push(`${image.file}: ${messageOf(error)}`);
    return undefined;
  } finally {
    await source?.close();
  }
}
