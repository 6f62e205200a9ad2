import { type ByteSource, openSource, type ReadAt } from './bytes.js';
import { readCoffSymbols } from './image/coff.js';
import { type ImageHeaders, sectionAt } from './image/image.js';
import { readExports } from './image/image-exports.js';
import { cachedIndex } from './locate/cached-index.js';
import type { LocateOptions } from './locate/locate-options.js';
import { imageKey, pdbKey } from './locate/store-key.js';
import { type ModuleSymbols, moduleSymbols } from './module-symbols.js';
import { makeFrameTable } from './pdb/frame-table.js';
import { readPdb, readPdbIdentity } from './pdb/pdb.js';
import { makeTable } from './symbol-table.js';

/** A file that was looked for, and whether it lies in a cache of this program's. */
export interface FoundFile {
  readonly file: string;
  readonly kept: boolean;
}

/** The symbols of a PDB. @throws BadFile, or what the system says */
export async function openPdb({ file, kept }: FoundFile, options: LocateOptions): Promise<ModuleSymbols> {
  const source = await openSource(file);
  try {
    const { key } = pdbKey({ name: '', ...(await readPdbIdentity(source)) });
    const index = await cachedIndex(file, { kind: 'pdb', key, ...sizeOf(source) }, places(kept, options), async () => {
      const { symbols, frames, sections } = await readPdb(source);
      return { table: makeTable(symbols), frames: makeFrameTable(frames), sections };
    });
    return moduleSymbols(index, 'pdb', file);
  } finally {
    await source.close();
  }
}

const sizeOf = ({ size, modified }: { readonly size: number; readonly modified: number }) => ({ size, modified });

function places(beside: boolean, { indexFolder }: LocateOptions) {
  return { beside, ...(indexFolder !== undefined && { folder: indexFolder }) };
}

/** The symbols in an image file itself; undefined if it has none. */
export async function openCoff(
  { file, kept }: FoundFile,
  source: ByteSource,
  headers: ImageHeaders,
  options: LocateOptions,
): Promise<ModuleSymbols | undefined> {
  if (!headers.coffSymbols) return undefined;
  const { key } = imageKey('', headers.timeStamp, headers.sizeOfImage);
  const index = await cachedIndex(file, { kind: 'coff', key, ...sizeOf(source) }, places(kept, options), async () => ({
    table: makeTable((await readCoffSymbols(source.read, headers)) ?? []),
    frames: makeFrameTable([]),
    sections: headers.sections,
  }));
  return index.table.rvas.length === 0 ? undefined : moduleSymbols(index, 'coff', file);
}

/** The names that an image exports; undefined if there are none. @param file where it is, unless in the target's memory */
export async function openExports(
  read: ReadAt,
  headers: ImageHeaders,
  mapped: boolean,
  file?: string,
): Promise<ModuleSymbols | undefined> {
  const names = (await readExports(read, headers, mapped)).filter((each) => each.forwarder === undefined);
  if (names.length === 0) return undefined;
  const table = makeTable(
    names.map(({ name, rva }) => ({ name, rva, isFunction: sectionAt(headers.sections, rva)?.executable === true })),
  );
  return moduleSymbols({ table, frames: makeFrameTable([]), sections: headers.sections }, 'exports', file);
}
