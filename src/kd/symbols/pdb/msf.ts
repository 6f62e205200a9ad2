import { BadFile, type ByteSource, u32 } from '../bytes.js';

const MAGIC = Buffer.from('Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0', 'latin1');
const OLD_MAGIC = 'Microsoft C/C++ program database';
const MSFZ_MAGIC = 'Microsoft MSFZ Container';
const MSF_HEAD_BYTES = 56;
const NO_STREAM = 0xffffffff;

/** The container of a PDB: numbered streams, each cut into blocks that lie anywhere in the file. */
export interface Msf {
  readonly streams: number;
  /** Bytes of a stream; 0 for one that is not there. */
  size(stream: number): number;
  /** Reads a stream or the beginning of it. @throws BadFile */
  read(stream: number, length?: number): Promise<Buffer>;
}

/**
 * Opens an MSF 7 file. Nothing in it is believed: block numbers stay inside the file, and all streams together are not larger
 * than the file, which bounds what reading them can cost.
 * @throws BadFile
 */
export async function openMsf(source: ByteSource): Promise<Msf> {
  const head = await source.read(0, MSF_HEAD_BYTES);
  const { blockSize, blocks } = readHead(head);
  // The last block may be cut short by a writer that knows where its bytes end.
  if ((blocks - 1) * blockSize >= source.size)
    throw new BadFile(`it is a truncated PDB: ${source.size} bytes of ${blocks * blockSize}`);
  const gather = (list: readonly number[], length: number) => readBlocks(source, blockSize, blocks, list, length);
  const directory = await readDirectory(source, head, blockSize, gather);
  const { sizes, starts } = readSizes(directory, blockSize, source.size);
  return {
    streams: sizes.length,
    size: (stream) => sizes[stream] ?? 0,
    read: async (stream, length = Number.POSITIVE_INFINITY) => {
      const bytes = Math.min(length, sizes[stream] ?? 0);
      const first = starts[stream] ?? 0;
      const list = Array.from({ length: Math.ceil(bytes / blockSize) }, (_, index) =>
        u32(directory, first + index * 4),
      );
      return gather(list, bytes);
    },
  };
}

/** What a file begins with tells its size. @returns bytes, or what is wrong with it */
export function mostOfMsf(head: Buffer): number | string {
  try {
    const { blockSize, blocks } = readHead(head);
    return blocks * blockSize;
  } catch (error) {
    if (error instanceof BadFile) return error.message;
    throw error;
  }
}

function readHead(head: Buffer): { blockSize: number; blocks: number } {
  if (!head.subarray(0, MAGIC.length).equals(MAGIC)) throw new BadFile(whatElse(head));
  const blockSize = u32(head, 0x20);
  if (blockSize < 512 || blockSize > 65536 || (blockSize & (blockSize - 1)) !== 0)
    throw new BadFile('it is a damaged PDB: its block size is impossible');
  return { blockSize, blocks: u32(head, 0x28) };
}

function whatElse(head: Buffer): string {
  const text = head.toString('latin1');
  if (text.startsWith(MSFZ_MAGIC)) return 'it is a compressed PDB (MSFZ), which is not supported';
  if (text.startsWith(OLD_MAGIC)) return 'it is a PDB of before 2002 (PDB 2.00), which is not supported';
  if (text.startsWith('MSCF')) return 'it is a compressed file (CAB), which is not supported';
  return 'it is not a PDB';
}

type Gather = (list: readonly number[], length: number) => Promise<Buffer>;

async function readDirectory(source: ByteSource, head: Buffer, blockSize: number, gather: Gather): Promise<Buffer> {
  const bytes = u32(head, 0x2c);
  if (bytes > source.size) throw new BadFile('it is a damaged PDB: its directory is larger than the file');
  const count = Math.ceil(bytes / blockSize);
  const map = await source.read(u32(head, 0x34) * blockSize, count * 4);
  return gather(
    Array.from({ length: count }, (_, index) => u32(map, index * 4)),
    bytes,
  );
}

function readSizes(directory: Buffer, blockSize: number, fileSize: number): { sizes: number[]; starts: number[] } {
  const count = u32(directory, 0);
  if (count > directory.length / 4) throw new BadFile('it is a damaged PDB: its directory has no room for its streams');
  const sizes: number[] = [];
  const starts: number[] = [];
  let start = 4 + count * 4;
  let total = 0;
  for (let stream = 0; stream < count; stream++) {
    const size = u32(directory, 4 + stream * 4);
    sizes.push(size === NO_STREAM ? 0 : size);
    starts.push(start);
    if (size === NO_STREAM) continue;
    total += size;
    if (total > fileSize) throw new BadFile('it is a damaged PDB: its streams are larger than the file');
    start += Math.ceil(size / blockSize) * 4;
  }
  return { sizes, starts };
}

async function readBlocks(
  source: ByteSource,
  blockSize: number,
  blocks: number,
  list: readonly number[],
  length: number,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let left = length;
  for (let from = 0; from < list.length; ) {
    const block = list[from] as number;
    let run = 1;
    while (list[from + run] === block + run) run++;
    if (block + run > blocks) throw new BadFile('it is a damaged PDB: a stream runs out of the file');
    const want = Math.min(left, run * blockSize);
    const piece = await source.read(block * blockSize, want);
    if (piece.length < want) throw new BadFile('it is a truncated PDB: a stream goes on behind its end');
    pieces.push(piece);
    left -= want;
    from += run;
  }
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
