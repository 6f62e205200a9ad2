import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openSource } from '../../../src/kd/symbols/bytes.js';
import { readImageHeaders } from '../../../src/kd/symbols/image/image.js';
import { readPdb } from '../../../src/kd/symbols/pdb/pdb.js';

export type Bits = 'x86' | 'x64';
export const FOLDER = fileURLToPath(new URL('../../../fixtures/images/', import.meta.url));
export const fixture = (bits: Bits, name: string) => `${FOLDER}${bits}/${name}`;
export const bytesOf = (bits: Bits, name: string) => readFileSync(fixture(bits, name));

/** All pairs of architecture and image. */
export const IMAGES = (['x86', 'x64'] as const).flatMap((bits) =>
  readdirSync(`${FOLDER}${bits}`)
    .filter((name) => !name.endsWith('.pdb') && !name.endsWith('-index'))
    .map((name) => [bits, name] as const),
);
export const pdbName = (image: string) => image.replace(/\.\w+$/, '.pdb');

/** An image as the loader lays it out, without relocation. */
export async function mappedImage(file: Buffer): Promise<Buffer> {
  const headers = await readImageHeaders(async (offset, length) => file.subarray(offset, offset + length));
  if (!headers) throw new Error('no image');
  const memory = Buffer.alloc(headers.sizeOfImage);
  file.copy(memory, 0, 0, 0x400);
  for (const { rva, fileOffset, fileSize } of headers.sections)
    file.copy(memory, rva, fileOffset, fileOffset + fileSize);
  return memory;
}

export const readFrom = (bytes: Buffer) => async (offset: number, length: number) =>
  bytes.subarray(offset, offset + length);

export async function pdbOf(file: string) {
  const source = await openSource(file);
  try {
    return await readPdb(source);
  } finally {
    await source.close();
  }
}

/** What a tool of LLVM prints; undefined where it is not installed. */
export function llvm(tool: 'llvm-pdbutil' | 'llvm-readobj', ...words: string[]): string | undefined {
  const { stdout, error, status } = spawnSync(tool, words, { encoding: 'utf8', maxBuffer: 64 << 20 });
  return error || status !== 0 ? undefined : stdout;
}

export const NO_LLVM =
  llvm('llvm-pdbutil', '--version') === undefined || llvm('llvm-readobj', '--version') === undefined;
