import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { KdProgram } from '../../debugger/find-kd.js';
import { messageOf } from '../../fault.js';
import type { SymbolPlace } from '../../kd/symbols/locate/symbol-path.js';
import type { WantedPdbs } from '../../kd/symbols/locate/wanted-pdbs.js';
import { symbolCache } from '../../session/home.js';
import { fetchSymbols } from '../commands/fetch-symbols.js';
import { formatMs } from '../units.js';

/** Longer than a kernel's PDB takes over a fair line (10 MB at 2 Mbit/s); nobody waits longer for what kd fetches as well. */
const LIMIT_MS = 60_000;
/** Source: the PDBs that kernels name, of one processor and of several, with PAE and without. */
const KERNEL_PDB = /^(?:ntkr(?:nl|pa)\w*|ntoskrnl)\.pdb$/i;

const UNKNOWN =
  'Symbols could not be fetched beforehand: nothing says which kernel the target has. The first stop may wait for a download; --image FILE, a copy of the target’s ntoskrnl.exe, spares it that.';

export interface Prefetch {
  readonly images: readonly string[];
  /** PDBs that a target waited for in vain before. */
  readonly missed?: WantedPdbs;
  readonly symbolPath: string;
  readonly program: KdProgram;
  readonly say: (line: string) => void;
  readonly limitMs?: number;
}

/**
 * Brings the target's symbols into the store while it still runs. Whatever comes of it, the session goes on: kd fetches what is
 * missing when the target stands. Ctrl+C skips them.
 * @throws Fault `image-unreadable`
 */
export async function prefetch(wanted: Prefetch): Promise<void> {
  const { images, missed, symbolPath, program, say } = wanted;
  const all = [...images, ...(missed?.list() ?? [])];
  if (all.length > 0) await fetchNow({ ...wanted, images: all });
  else if (program.kind !== 'simulated') {
    const { parseSymbolPath } = await import('../../kd/symbols/locate/symbol-path.js');
    const { places } = parseSymbolPath(symbolPath);
    if (places.some(({ kind }) => kind === 'server')) say(unknownKernel(places));
  }
}

async function fetchNow({ images, missed, symbolPath, say, limitMs = LIMIT_MS }: Prefetch): Promise<void> {
  const passed = new AbortController();
  const pass = (): void => passed.abort(new Error('skipped (Ctrl+C)'));
  const limit = setTimeout(() => passed.abort(new Error(`it took more than ${formatMs(limitMs)}`)), limitMs);
  process.once('SIGINT', pass);
  say(`Fetching symbols before the target is stopped (at most ${formatMs(limitMs)}; Ctrl+C skips this).`);
  const left = new Set(images);
  try {
    for await (const { image, file, why } of fetchSymbols(images, symbolPath, { signal: passed.signal })) {
      left.delete(image);
      if (file !== undefined) missed?.remove(image);
      const name = shownName(image);
      say(file === undefined ? missing(name, why.at(-1) ?? 'the symbol path is empty') : `Symbols of ${name}: ${file}`);
    }
  } catch (error) {
    if (!passed.signal.aborted) throw error;
    for (const image of left) say(missing(shownName(image), messageOf(passed.signal.reason)));
  } finally {
    clearTimeout(limit);
    process.off('SIGINT', pass);
  }
}

/** The key of a PDB is of no interest to anybody who waits. */
function shownName(image: string): string {
  return path.basename(image.replace(/(\.pdb)\/[\dA-F]{33,40}$/i, '$1'));
}

function missing(name: string, why: string): string {
  return `No symbols of ${name} beforehand (${why}): the first stop may wait for a download.`;
}

/** What is in the store of an earlier session is no promise: the target may have been updated since. */
function unknownKernel(places: readonly SymbolPlace[]): string {
  const stores = new Set(places.flatMap(({ caches, kind, at }) => (kind === 'server' ? caches : [...caches, at])));
  const kept = [...stores].reduce((sum, folder) => sum + kernelsIn(folder || symbolCache()), 0);
  return kept === 0
    ? UNKNOWN
    : `The store has the symbols of ${kept === 1 ? 'a kernel' : `${kept} kernels`} from before. A target with another one may wait for a download at its first stop; --image FILE, a copy of its ntoskrnl.exe, spares it that.`;
}

/** A store has a folder for each name of a PDB, and in it one for each build. */
function kernelsIn(folder: string): number {
  const names = list(folder).filter((name) => KERNEL_PDB.test(name));
  return names.reduce((sum, name) => sum + list(path.join(folder, name)).length, 0);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
