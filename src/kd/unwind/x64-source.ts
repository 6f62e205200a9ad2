import { type ImageHeaders, placeOf, readImageHeaders } from '../symbols/image/image.js';
import { FunctionTable } from './function-table.js';
import { type FunctionEntry, readUnwindEntry, unwindInfoBytes } from './unwind-info.js';
import { type ExceptionDirectory, type ReadImage, type UnwindSource, UnwindUnreadable } from './unwind-source.js';

/** Bytes of an UNWIND_INFO asked for at once; nearly all are shorter. */
const INFO_BYTES = 32;
const ENTRY_BYTES = 12;
/** Functions listed once more by others: RUNTIME_FUNCTION_INDIRECT. */
const MOST_INDIRECT = 4;

/**
 * The unwind data of a module in the target's memory. Asks for as few bytes as finding one function takes, and for none twice.
 * @param read of lasting memory, by RVA; code has to be given as it is without breakpoints
 * @param imageSize where the search begins to guess from
 */
export function unwindFromMemory(read: ReadImage, directory: ExceptionDirectory, imageSize: number): UnwindSource {
  const table = new FunctionTable(read, directory, imageSize);
  const infos = new Map<number, Promise<Buffer>>();
  return {
    entry: async (rva) => resolve(read, await table.find(rva)),
    info: (rva) => {
      const known = infos.get(rva) ?? readInfo(read, rva);
      infos.set(rva, known);
      known.catch(() => infos.delete(rva));
      return known;
    },
    code: read,
  };
}

/** The unwind data of an image file: costs the target nothing. Undefined where the file has none. */
export async function unwindFromFile(read: ReadImage): Promise<UnwindSource | undefined> {
  const headers = await readImageHeaders(read);
  const directory = headers?.directories[3];
  if (!headers || !directory || directory.rva === 0 || directory.size < ENTRY_BYTES) return undefined;
  const byRva: ReadImage = async (rva, length) => readMapped(read, headers, rva, length);
  const table = await byRva(directory.rva, directory.size);
  const entries = Array.from({ length: Math.floor(table.length / ENTRY_BYTES) }, (_, i) =>
    readUnwindEntry(table, i * ENTRY_BYTES),
  );
  return {
    entry: async (rva) => {
      let [low, high] = [0, entries.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((entries[middle] as FunctionEntry).begin <= rva) low = middle + 1;
        else high = middle;
      }
      const found = entries[low - 1];
      return resolve(byRva, found && rva < found.end ? found : undefined);
    },
    info: (rva) => readInfo(byRva, rva),
    code: byRva,
  };
}

async function readMapped(read: ReadImage, headers: ImageHeaders, rva: number, length: number): Promise<Buffer> {
  const place = placeOf(headers, rva, false);
  return place === undefined ? Buffer.alloc(0) : read(place, length);
}

async function readInfo(read: ReadImage, rva: number): Promise<Buffer> {
  const first = await read(rva, INFO_BYTES);
  const length = unwindInfoBytes(first);
  if (first.length < 4) throw new UnwindUnreadable(rva);
  if (length <= first.length) return first.subarray(0, length);
  if (first.length < INFO_BYTES) throw new UnwindUnreadable(rva);
  const rest = await read(rva + first.length, length - first.length);
  if (first.length + rest.length < length) throw new UnwindUnreadable(rva);
  return Buffer.concat([first, rest]);
}

/** An odd unwind RVA leads to another RUNTIME_FUNCTION, whose function this one is a part of. */
async function resolve(read: ReadImage, entry: FunctionEntry | undefined): Promise<FunctionEntry | undefined> {
  let found = entry;
  for (let left = MOST_INDIRECT; found && found.unwind & 1 && left > 0; left--) {
    const at = found.unwind - 1;
    const bytes = await read(at, ENTRY_BYTES);
    if (bytes.length < ENTRY_BYTES) throw new UnwindUnreadable(at);
    found = readUnwindEntry(bytes, 0);
  }
  return found;
}
