import { STATUS_CODES } from 'node:http';
import { messageOf, systemCode } from '../../../fault.js';
import { FILE_POINTER, LONGEST_POINTER, parseFilePointer } from '../image/file-ptr.js';
import { askServer, NetworkError } from './ask-server.js';
import { type Download, download } from './download.js';
import { type LocateOptions, ServerMemory, type Wanted } from './locate-options.js';
import { type Look, onlyCompressed, placeInStore, TWO_TIERS } from './look-local.js';
import { compressedName, storeParts } from './store-key.js';

/** What servers say for a file that they do not have. */
const ABSENT = new Set([403, 404, 410]);

/** What came of a server, or why the cache could not take it. */
export type RemoteLook = Look | { readonly cache: string };

/** Looks at a symbol server, and downloads the file into a cache. @param cache its root */
export async function lookAtServer(
  server: string,
  wanted: Wanted,
  cache: string,
  options: LocateOptions,
): Promise<RemoteLook> {
  const memory = options.servers ?? new ServerMemory();
  const down = memory.down.get(server);
  if (options.offline) return { what: 'not asked, as nothing is to be downloaded' };
  if (down !== undefined) return { what: `not asked again: ${down}` };
  try {
    return await fromServer(server, wanted, cache, options, memory);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof NetworkError)) return { cache: systemCode(error) ?? messageOf(error) };
    memory.down.set(server, error.message);
    return { what: error.message };
  }
}

async function fromServer(
  server: string,
  wanted: Wanted,
  cache: string,
  options: LocateOptions,
  memory: ServerMemory,
): Promise<Look> {
  const target = await placeInStore(cache, wanted);
  const url = (file: string, twoTiers: boolean) =>
    [server, ...storeParts(wanted, file, twoTiers).map(encodeURIComponent)].join('/');
  let twoTiers = memory.tiers.get(server) ?? false;
  let came: Download = await download(url(wanted.name, twoTiers), target, wanted, options);
  if (isAbsent(came) && !memory.tiers.has(server)) {
    twoTiers = (await head(`${server}/${TWO_TIERS}`, options)) === 200;
    memory.tiers.set(server, twoTiers);
    if (twoTiers) came = await download(url(wanted.name, true), target, wanted, options);
  }
  // A stalled line would stall for every module.
  if ('broken' in came) memory.down.set(server, came.what);
  if (!('status' in came)) return came;
  if (!isAbsent(came)) return { what: `it answered ${came.status} ${STATUS_CODES[came.status] ?? ''}`.trim() };
  if ((await head(url(compressedName(wanted.name), twoTiers), options)) === 200)
    return { what: onlyCompressed(wanted.name) };
  return pointed(url(FILE_POINTER, twoTiers), came.status, options);
}

function isAbsent(came: Download): boolean {
  return 'status' in came && ABSENT.has(came.status);
}

async function head(url: string, options: LocateOptions): Promise<number> {
  const answer = await askServer(url, {}, options);
  answer.drop();
  return answer.status;
}

/** A pointer of a server is not followed: whoever answers for the server could lead to any share with it. */
async function pointed(url: string, status: number, options: LocateOptions): Promise<Look> {
  const answer = await askServer(url, {}, options);
  try {
    if (answer.status !== 200) return { what: `not there (${status})` };
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of answer.body()) {
      pieces.push(piece);
      length += piece.length;
      if (length > LONGEST_POINTER) break;
    }
    const to = parseFilePointer(Buffer.concat(pieces).toString('utf8', 0, LONGEST_POINTER));
    return 'message' in to
      ? { what: `${FILE_POINTER} says: ${to.message}` }
      : { what: `${FILE_POINTER} names ${to.path}: put that folder into the symbol path` };
  } finally {
    answer.drop();
  }
}
