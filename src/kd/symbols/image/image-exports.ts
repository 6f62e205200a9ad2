import { type ReadAt, zeroText } from '../bytes.js';
import { type ImageHeaders, placeOf } from './image.js';

export interface Export {
  readonly name: string;
  readonly rva: number;
  /** `NTDLL.RtlAllocateHeap`: the export only points at that one. Its `rva` is that of this text. */
  readonly forwarder?: string;
}

/** win32k has some 1,500, the kernel 2,500; 16-bit ordinals allow no more than this. */
const MOST_EXPORTS = 0x10000;
/** The kernel's whole export directory has 100 KB. Bytes. */
const LARGEST_DIRECTORY = 4 << 20;
const LONGEST_NAME = 4096;

/**
 * Reads the names that an image exports. The directory is fetched as a whole (50,000 bytes of a kernel) as all names are wanted;
 * what is not there is left out.
 */
export async function readExports(read: ReadAt, headers: ImageHeaders, mapped: boolean): Promise<readonly Export[]> {
  const directory = headers.directories[0];
  const place = directory && directory.rva !== 0 ? placeOf(headers, directory.rva, mapped) : undefined;
  if (!directory || place === undefined) return [];
  const bytes = await read(place, Math.min(directory.size, LARGEST_DIRECTORY));
  if (bytes.length < 40) return [];
  const table = async (field: number, count: number, width: number) => {
    const rva = bytes.readUInt32LE(field);
    const inside = rva - directory.rva;
    if (inside >= 0 && inside + count * width <= bytes.length) return bytes.subarray(inside, inside + count * width);
    const where = placeOf(headers, rva, mapped);
    return where === undefined ? Buffer.alloc(0) : read(where, count * width);
  };
  const names = await table(32, Math.min(bytes.readUInt32LE(24), MOST_EXPORTS), 4);
  const ordinals = await table(36, names.length >>> 2, 2);
  const functions = await table(28, Math.min(bytes.readUInt32LE(20), MOST_EXPORTS), 4);
  const text = (rva: number) => {
    const at = rva - directory.rva;
    return at > 0 && at < bytes.length ? zeroText(bytes.subarray(at, at + LONGEST_NAME), 0) : '';
  };
  const found: Export[] = [];
  for (let index = 0; index < Math.min(names.length >>> 2, ordinals.length >>> 1); index++) {
    const ordinal = ordinals.readUInt16LE(index * 2);
    const name = text(names.readUInt32LE(index * 4));
    if (name === '' || ordinal * 4 + 4 > functions.length) continue;
    const rva = functions.readUInt32LE(ordinal * 4);
    const forwarder = rva >= directory.rva && rva < directory.rva + directory.size ? text(rva) : '';
    found.push({ name, rva, ...(forwarder !== '' && { forwarder }) });
  }
  return found;
}
