import path from 'node:path';
import { EXIT, Fault, messageOf } from '../../fault.js';
import { symbolCache } from '../../session/home.js';

/** What came of one image's symbols: where they lie, or why they do not, a line each. */
export interface FetchedSymbols {
  readonly image: string;
  readonly file: string | undefined;
  readonly why: readonly string[];
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (bytes: number, total: number | undefined, name: string) => void;
}

/**
 * Brings PDBs into the stores of a symbol path, one after the other.
 * @param images image files, or PDBs as `NAME/KEY`
 * @throws Fault `image-unreadable`; the signal's reason
 */
export async function* fetchSymbols(
  images: readonly string[],
  symbolPath: string,
  options: FetchOptions = {},
): AsyncGenerator<FetchedSymbols> {
  const { fetchFor } = await import('../../kd/symbols/locate/fetch-for.js');
  const { parseSymbolPath } = await import('../../kd/symbols/locate/symbol-path.js');
  const { ServerMemory } = await import('../../kd/symbols/locate/locate-options.js');
  const places = parseSymbolPath(symbolPath);
  const all = { ...options, servers: new ServerMemory(), defaultCache: symbolCache() };
  for (const image of images) {
    const fetched = await fetchFor(image, places, all).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      throw unreadable(image, error);
    });
    if ('wrong' in fetched) yield { image, file: undefined, why: [fetched.wrong] };
    else {
      const { reference, located } = fetched;
      const why = located.tried.map(({ where, what }) => `${reference.name}: ${where}: ${what}`);
      yield { image, file: located.file, why: located.file === undefined ? why : [] };
    }
  }
}

function unreadable(image: string, error: unknown): Fault {
  const name = path.basename(image);
  return new Fault(
    'image-unreadable',
    EXIT.missing,
    `${image} cannot be read: ${messageOf(error)}.`,
    `Name a file that is there: a copy of the target's ${name === image ? 'image' : name}.`,
    { cause: error },
  );
}
