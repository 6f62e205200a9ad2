import { type FileHandle, open, stat } from 'node:fs/promises';

/** Reads up to `length` bytes at `offset`: shorter when the rest is not there. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

/** A file whose content is not what its name promises. The message says what is wrong, without a full stop. */
export class BadFile extends Error {
  override readonly name = 'BadFile';
}

/** Something that can be read at any place. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** When the content was last changed, in ms since 1970; 0 if it is no file. */
  readonly modified: number;
  readonly read: ReadAt;
  close(): Promise<void>;
}

/** @throws what `open` throws; BadFile for folders and devices */
export async function openSource(file: string): Promise<ByteSource> {
  // Opening a pipe would wait for somebody who writes to it.
  if (!(await stat(file)).isFile()) throw new BadFile('it is not a file');
  const handle = await open(file, 'r');
  const { size, mtimeMs } = await handle.stat();
  return {
    size,
    modified: mtimeMs,
    read: (offset, length) => readHandle(handle, offset, Math.min(length, size - offset)),
    close: () => handle.close(),
  };
}

async function readHandle(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  if (length <= 0) return Buffer.alloc(0);
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

export function byteSource(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    modified: 0,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  };
}

/** @throws BadFile where the bytes end before */
export function u16(bytes: Buffer, at: number): number {
  check(bytes, at, 2);
  return bytes.readUInt16LE(at);
}

/** @throws BadFile where the bytes end before */
export function u32(bytes: Buffer, at: number): number {
  check(bytes, at, 4);
  return bytes.readUInt32LE(at);
}

function check(bytes: Buffer, at: number, length: number): void {
  if (at < 0 || at + length > bytes.length) throw new BadFile('it ends in the middle of a record');
}

/** Text up to its zero, or up to the end of the bytes. */
export function zeroText(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString('utf8', at, end < 0 ? bytes.length : end);
}
