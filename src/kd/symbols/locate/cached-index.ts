import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type IndexStamp, packIndex, type SymbolIndex, unpackIndex } from '../pdb/symbol-index.js';

/** Where the index of a symbol file may be kept. */
export interface IndexPlaces {
  /** The file lies in a cache of ours: its index is kept beside it, if that can be written. */
  readonly beside: boolean;
  /** Where it is kept otherwise; without it, an index that cannot stay beside its file is made anew each time. */
  readonly folder?: string;
}

/** The index of a symbol file: the kept one if it still holds, else a new one, which is kept where that is possible. */
export async function cachedIndex(
  file: string,
  stamp: IndexStamp,
  places: IndexPlaces,
  make: () => Promise<SymbolIndex>,
): Promise<SymbolIndex> {
  const candidates = [
    ...(places.beside ? [`${file}.livedebug-index`] : []),
    ...(places.folder === undefined ? [] : [path.join(places.folder, indexName(file, stamp))]),
  ];
  for (const each of candidates) {
    const bytes = await readFile(each).catch(() => undefined);
    const index = bytes && unpackIndex(bytes, stamp);
    if (index) return index;
  }
  const index = await make();
  const packed = packIndex(index, stamp);
  for (const each of candidates) if (await write(each, packed)) break;
  return index;
}

/** Tells files of the same name apart by what they belong to, so that no two fight for one index. */
function indexName(file: string, stamp: IndexStamp): string {
  return `${path.basename(file).toLowerCase()}-${stamp.key}.livedebug-index`;
}

/** An index is a convenience: where it cannot be written, nothing is said. */
async function write(file: string, bytes: Buffer): Promise<boolean> {
  const partial = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(partial, bytes);
    await rename(partial, file);
    return true;
  } catch {
    await rm(partial, { force: true }).catch(() => {});
    return false;
  }
}
