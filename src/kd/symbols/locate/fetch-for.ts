import { openSource } from '../bytes.js';
import { readImageHeaders } from '../image/image.js';
import { type PdbReference, readPdbReference } from '../image/image-debug.js';
import { locatePdb } from './locate.js';
import type { Located, LocateOptions } from './locate-options.js';
import { parsePdbKey } from './store-key.js';
import type { SymbolPath } from './symbol-path.js';

export type Fetched =
  | { readonly reference: PdbReference; readonly located: Located }
  /** The file refers to no PDB; the sentence's end says why not. */
  | { readonly wrong: string };

/**
 * Brings a PDB into the caches of a symbol path.
 * @param wanted an image file that refers to it; or its name and key, as stores have them
 * @throws what the system says of the image file
 */
export async function fetchFor(wanted: string, places: SymbolPath, options: LocateOptions = {}): Promise<Fetched> {
  const named = parsePdbKey(wanted);
  if (named) return { reference: named, located: await locatePdb(named, places, options) };
  const source = await openSource(wanted);
  try {
    const headers = await readImageHeaders(source.read);
    if (!headers) return { wrong: 'it is not a Windows image (PE)' };
    const reference = await readPdbReference(source.read, headers, false);
    if (reference) return { reference, located: await locatePdb(reference, places, options) };
    if (headers.coffSymbols) return { wrong: 'it has its symbols in itself (COFF), and no PDB' };
    return { wrong: 'it does not say which PDB belongs to it' };
  } finally {
    await source.close();
  }
}
