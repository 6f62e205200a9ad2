import { copyFile } from 'node:fs/promises';
import { messageOf, systemCode } from '../../../fault.js';
import { BadFile, openSource } from '../bytes.js';
import { readImageHeaders } from '../image/image.js';
import type { PdbReference } from '../image/image-debug.js';
import { mostOfMsf } from '../pdb/msf.js';
import { belongsTo, readPdbIdentity } from '../pdb/pdb.js';
import type { Located, LocateOptions, Tried, Wanted } from './locate-options.js';
import { type Look, lookInFolder, lookInStore, placeInStore } from './look-local.js';
import { lookAtServer } from './look-remote.js';
import { openPartialFile } from './partial-file.js';
import { imageKey, pdbKey, whyNoName } from './store-key.js';
import type { SymbolPath, SymbolPlace } from './symbol-path.js';

const MZ = 0x5a4d;
const BEHIND_IMAGE = 64 * 1024 * 1024;

/** Looks for the PDB that an image refers to. */
export function locatePdb(reference: PdbReference, places: SymbolPath, options: LocateOptions = {}): Promise<Located> {
  const check = async (file: string) => {
    const source = await openSource(file);
    try {
      const found = await readPdbIdentity(source);
      return belongsTo(found, reference) ? undefined : `it is of another build (${found.guid} ${found.age})`;
    } finally {
      await source.close();
    }
  };
  return locate({ ...pdbKey(reference), most: mostOfMsf, check: saying(check) }, places, options);
}

/** Looks for an image file: the one with the time stamp and size that the target's memory has. */
export function locateImage(
  name: string,
  timeStamp: number,
  sizeOfImage: number,
  places: SymbolPath,
  options: LocateOptions = {},
): Promise<Located> {
  // Behind the image lie its signature and, in old ones, its symbols.
  const most = (head: Buffer) => (head.readUInt16LE() === MZ ? 2 * sizeOfImage + BEHIND_IMAGE : 'it is not an image');
  const check = async (file: string) => {
    const source = await openSource(file);
    try {
      const headers = await readImageHeaders(source.read);
      if (!headers) return 'it is not an image';
      if (headers.timeStamp === timeStamp && headers.sizeOfImage === sizeOfImage) return undefined;
      return `it is of another build (${imageKey('', headers.timeStamp, headers.sizeOfImage).key})`;
    } finally {
      await source.close();
    }
  };
  return locate({ ...imageKey(name, timeStamp, sizeOfImage), most, check: saying(check) }, places, options);
}

function saying(check: Wanted['check']): Wanted['check'] {
  return async (file) => {
    try {
      return await check(file);
    } catch (error) {
      if (error instanceof BadFile) return error.message;
      return `it cannot be read: ${systemCode(error) ?? messageOf(error)}`;
    }
  };
}

async function locate(wanted: Wanted, { places }: SymbolPath, options: LocateOptions): Promise<Located> {
  const tried: Tried[] = [];
  const wrongName = whyNoName(wanted.name);
  if (wrongName !== undefined)
    return { file: undefined, kept: false, tried: [{ where: JSON.stringify(wanted.name), what: wrongName }] };
  if (places.length === 0) tried.push({ where: 'symbol path', what: 'it is empty' });
  const looked = new Set<string>();
  const look = async (where: string, how: () => Promise<Look>): Promise<string | undefined> => {
    options.signal?.throwIfAborted();
    if (looked.has(where)) return undefined;
    looked.add(where);
    const found = await how();
    if ('file' in found) return found.file;
    tried.push({ where, what: found.what });
    return undefined;
  };
  for (const place of places) {
    const caches = place.caches.map((each) => each || (options.defaultCache ?? '')).filter((each) => each !== '');
    for (const [index, cache] of caches.entries()) {
      const file = await look(cache, () => lookInStore(cache, wanted));
      if (file !== undefined) return filled(file, true, wanted, caches.slice(0, index), tried);
    }
    const found = place.kind === 'server' ? undefined : await look(place.at, () => lookAt(place, wanted, options));
    // A store without a name is the default cache.
    if (found !== undefined) return filled(found, place.at === '', wanted, caches, tried);
    if (place.kind !== 'server') continue;
    if (looked.has(place.at)) continue;
    looked.add(place.at);
    const fetched = await fromServer(place.at, caches, wanted, options, tried);
    if (fetched) return filled(fetched.file, true, wanted, caches.slice(0, fetched.index), tried);
  }
  return { file: undefined, kept: false, tried };
}

function lookAt(place: SymbolPlace, wanted: Wanted, options: LocateOptions): Promise<Look> {
  if (place.kind === 'folder') return lookInFolder(place.at, wanted);
  return lookInStore(place.at || (options.defaultCache ?? ''), wanted);
}

/** Downloads into the cache that lies nearest to the server, or where that cannot be written into the next. */
async function fromServer(
  server: string,
  caches: readonly string[],
  wanted: Wanted,
  options: LocateOptions,
  tried: Tried[],
): Promise<{ readonly file: string; readonly index: number } | undefined> {
  if (caches.length === 0) tried.push({ where: server, what: 'not asked, as there is no cache to put it into' });
  for (let index = caches.length - 1; index >= 0; index--) {
    const cache = caches[index] as string;
    const found = await lookAtServer(server, wanted, cache, options);
    if ('file' in found) return { file: found.file, index };
    if ('cache' in found) tried.push({ where: `the cache ${cache}`, what: `it cannot be written: ${found.cache}` });
    else {
      tried.push({ where: server, what: found.what });
      return undefined;
    }
  }
  return undefined;
}

/** Copies what was found into the caches before it; one that cannot be written is passed over. */
async function filled(
  found: string,
  kept: boolean,
  wanted: Wanted,
  caches: readonly string[],
  tried: Tried[],
): Promise<Located> {
  let nearest = { file: found, kept };
  for (const cache of [...caches].reverse()) {
    const target = await placeInStore(cache, wanted);
    try {
      const partial = await openPartialFile(target);
      try {
        await copyFile(found, partial.file);
        await partial.finish();
      } finally {
        await partial.discard();
      }
      nearest = { file: target, kept: true };
    } catch (error) {
      tried.push({
        where: `the cache ${cache}`,
        what: `it cannot be written: ${systemCode(error) ?? messageOf(error)}`,
      });
    }
  }
  return { ...nearest, tried };
}
