import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../fault.js';
import { openSource } from './bytes.js';
import { readImageHeaders } from './image/image.js';
import { readPdbReference } from './image/image-debug.js';
import { readVersionInfo, type VersionInfo } from './image/version-info.js';
import { locatePdb } from './locate/locate.js';
import type { LocateOptions } from './locate/locate-options.js';
import type { SymbolPath } from './locate/symbol-path.js';
import type { ModuleSymbols, SymbolHit } from './module-symbols.js';
import { openExports, openPdb } from './open-symbols.js';

/** The functions of one module, found again without its target. */
export interface ModuleNames {
  /** The PDB. */
  readonly file: string;
  /** The function at so many bytes from the module's base. */
  at(rva: number): SymbolHit | undefined;
  /** The function that lies `offset` bytes behind an export, as kd names an address that it has no better name for. */
  behind(exported: string, offset: number): SymbolHit | undefined;
}

/** The kernel's module has other names where it comes from. */
const KERNEL_FILES = ['ntoskrnl', 'ntkrnlmp', 'ntkrnlpa', 'ntkrpamp', 'ntkrnlup'];
const ANOTHER_BUILD = 'it is of another build';
const IMAGE_ENDINGS = ['.exe', '.sys', '.dll'];

/**
 * Finds the names of a module of which only its name is known: by its image in a folder of the path, which refers to a PDB; else by a PDB
 * of its name in such a folder.
 * @param module as kd names it, e.g. `nt`
 * @param samples names of exports with what was added to them: an image or PDB of another build does not have them so
 * @returns the names, or why there are none, a line each
 */
export async function findModuleNames(
  module: string,
  samples: readonly { readonly symbol: string; readonly offset: number }[],
  places: SymbolPath,
  options: LocateOptions = {},
): Promise<{ readonly names?: ModuleNames; readonly why: readonly string[] }> {
  const why: string[] = [];
  const files = await filesOf(module, places);
  for (const file of files.images) {
    const names = await byImage(file, samples, places, options).catch((error: unknown) => messageOf(error));
    if (typeof names !== 'string') return { names, why };
    why.push(`${file}: ${names}`);
  }
  // A PDB says less of itself than an image: where an image is of another build, so is the PDB beside it.
  const other = why.some((line) => line.includes(ANOTHER_BUILD));
  for (const file of other ? [] : files.pdbs) {
    const names = await byPdb(file, samples, options).catch((error: unknown) => messageOf(error));
    if (typeof names !== 'string') return { names, why };
    why.push(`${file}: ${names}`);
  }
  if (why.length === 0)
    why.push(`no image or PDB of ${module} in ${places.places.map(({ at }) => at).join(', ') || 'an empty path'}`);
  return { why };
}

/** What an image says of itself. */
export interface ModuleVersion extends VersionInfo {
  /** As kd names it. */
  readonly module: string;
  /** The image, without its folder. */
  readonly file: string;
}

/**
 * Finds what the images of modules say of themselves, in the folders of a symbol path.
 * @param modules as kd names them
 * @returns those that have an image there; of several the first
 */
export async function findVersions(modules: Iterable<string>, places: SymbolPath): Promise<ModuleVersion[]> {
  const found: ModuleVersion[] = [];
  for (const module of modules) {
    const [file] = (await filesOf(module, places)).images;
    const version = file === undefined ? undefined : await versionOf(file).catch(() => undefined);
    if (file !== undefined && version) found.push({ module, file: path.basename(file), ...version });
  }
  return found;
}

async function versionOf(file: string): Promise<VersionInfo | undefined> {
  const source = await openSource(file);
  try {
    const headers = await readImageHeaders(source.read);
    return headers && (await readVersionInfo(source.read, headers));
  } finally {
    await source.close();
  }
}

async function filesOf(module: string, { places }: SymbolPath): Promise<{ images: string[]; pdbs: string[] }> {
  const stems = module.toLowerCase() === 'nt' ? KERNEL_FILES : [module.toLowerCase()];
  const found = { images: [] as string[], pdbs: [] as string[] };
  for (const { kind, at } of places) {
    if (kind !== 'folder') continue;
    for (const name of await readdir(at).catch(() => [])) {
      const { name: stem, ext } = path.parse(name.toLowerCase());
      if (!stems.includes(stem)) continue;
      if (IMAGE_ENDINGS.includes(ext)) found.images.push(path.join(at, name));
      if (ext === '.pdb') found.pdbs.push(path.join(at, name));
    }
  }
  return found;
}

async function byImage(
  file: string,
  samples: readonly { readonly symbol: string; readonly offset: number }[],
  places: SymbolPath,
  options: LocateOptions,
): Promise<ModuleNames | string> {
  const source = await openSource(file);
  try {
    const headers = await readImageHeaders(source.read);
    if (!headers) return 'it is not a Windows image (PE)';
    const exported = await openExports(source.read, headers, false, file);
    const other = exported && samples.find((sample) => !isNearest(exported, sample));
    if (other) return `${ANOTHER_BUILD}: nothing of it would be named ${other.symbol}+0x${other.offset.toString(16)}`;
    const reference = await readPdbReference(source.read, headers, false);
    if (!reference) return 'it does not say which PDB belongs to it';
    const located = await locatePdb(reference, places, options);
    if (located.file === undefined)
      return `${reference.name} is nowhere: ${located.tried.map(({ where, what }) => `${where}: ${what}`).join('; ')}`;
    const symbols = await openPdb({ file: located.file, kept: located.kept }, options);
    return namesOf(symbols, exported ?? symbols, located.file);
  } finally {
    await source.close();
  }
}

/** A PDB alone cannot be told from another build's: it must at least have every name. */
async function byPdb(
  file: string,
  samples: readonly { readonly symbol: string }[],
  options: LocateOptions,
): Promise<ModuleNames | string> {
  const symbols = await openPdb({ file, kept: false }, options);
  const missing = samples.find(({ symbol }) => symbols.find(symbol).length === 0);
  return missing ? `${ANOTHER_BUILD}: it has no ${missing.symbol}` : namesOf(symbols, symbols, file);
}

function isNearest(
  exported: ModuleSymbols,
  { symbol, offset }: { readonly symbol: string; readonly offset: number },
): boolean {
  return exported.find(symbol).some((rva) => exported.near(rva + offset)?.rva === rva);
}

function namesOf(symbols: ModuleSymbols, exported: ModuleSymbols, file: string): ModuleNames {
  return {
    file,
    at: (rva) => symbols.near(rva),
    behind(name, offset) {
      const [rva] = exported.find(name);
      return rva === undefined ? undefined : symbols.near(rva + offset);
    },
  };
}
