import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadFile, byteSource } from '../../../src/kd/symbols/bytes.js';
import { readCoffSymbols } from '../../../src/kd/symbols/image/coff.js';
import { readImageHeaders } from '../../../src/kd/symbols/image/image.js';
import { readPdbReference } from '../../../src/kd/symbols/image/image-debug.js';
import { readExports } from '../../../src/kd/symbols/image/image-exports.js';
import { readPdb, readPdbIdentity } from '../../../src/kd/symbols/pdb/pdb.js';
import { writeCoffImage } from './coff-writer.js';
import { bytesOf, readFrom } from './fixture.js';
import { words } from './msf-writer.js';
import { writePdb } from './pdb-writer.js';

/** Bytes that were asked for and are not there, or more than a file's own size ten times over, are a fault. */
async function pdb(bytes: Buffer): Promise<string> {
  let read = 0;
  const source = byteSource(bytes);
  const counted = {
    ...source,
    read: async (offset: number, length: number) => {
      const piece = await source.read(offset, length);
      read += piece.length;
      return piece;
    },
  };
  try {
    await readPdbIdentity(counted);
    const { symbols, frames } = await readPdb(counted);
    expect(symbols.length + frames.length).toBeLessThanOrEqual(bytes.length);
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(BadFile);
    return (error as BadFile).message;
  } finally {
    expect(read).toBeLessThanOrEqual(bytes.length * 10 + 4096);
  }
}

async function image(bytes: Buffer): Promise<void> {
  const read = readFrom(bytes);
  const headers = await readImageHeaders(read);
  if (!headers) return;
  for (const mapped of [true, false]) {
    await readPdbReference(read, headers, mapped);
    expect((await readExports(read, headers, mapped)).length).toBeLessThanOrEqual(0x10000);
  }
  const symbols = await readCoffSymbols(read, headers);
  expect(symbols?.length ?? 0).toBeLessThanOrEqual(bytes.length / 18);
}

const flips = (length: number) => fc.array(fc.tuple(fc.nat(length - 1), fc.nat(255)), { minLength: 1, maxLength: 12 });

function flipped(bytes: Buffer, changes: readonly (readonly [number, number])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [place, byte] of changes) copy[place] = byte;
  return copy;
}

const PDBS = {
  kernel: bytesOf('x86', 'ntkrnlmp.pdb'),
  moved: writePdb({
    machine: 0x14c,
    symbols: [{ name: '_a@4', section: 1, offset: 0x10 }],
    procedures: [{ name: 'b', section: 1, offset: 0x20 }],
    originalSections: [['.text', 0x1000, 0x1000]],
    omapFromSource: [
      [0x1000, 0x2000],
      [0x1800, 0],
    ],
    fpo: words(0x1000, 0x40, 2, 0x0005_0003),
    frameData: words(0x1000, 0x40, 16, 8, 4, 1, 6, 5),
    names: '\0$T0\0',
  }),
};
const IMAGES = {
  x86: bytesOf('x86', 'ntkrnlmp.exe'),
  x64: bytesOf('x64', 'ntkrnlmp.exe'),
  coff: writeCoffImage([{ name: '_a_long_name@4', value: 4, section: 1, auxiliary: 1 }]),
};

describe('anything instead of a PDB', () => {
  it('is said to be none', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        expect(await pdb(Buffer.from(bytes))).toBe('it is not a PDB');
      }),
    );
  });

  it.each([
    ['Microsoft MSFZ Container', /MSFZ/],
    ['MSCF', /CAB/],
    ['Microsoft C/C++ program database 2.00', /before 2002/],
    ['<html>', /not a PDB/],
  ])('%s is told apart', async (text, message) => {
    expect(await pdb(Buffer.from(text.padEnd(100)))).toMatch(message);
  });

  it('whose frame data covers all of its code again and again costs no more than it is long', async () => {
    const torn = Array.from({ length: 100 }, (_, index) => [0x1000 + index * 16, 0x3000 + index * 32] as const);
    const bytes = writePdb({
      machine: 0x14c,
      originalSections: [['.text', 0x1000, 0x1000]],
      omapFromSource: torn,
      fpo: Buffer.concat(Array.from({ length: 20_000 }, () => words(0x1000, 0xffff_ffff, 0, 0))),
    });
    expect(await pdb(bytes)).toMatch(/frame data covers the same code again/);
  });

  it.each(Object.entries(PDBS))('%s, cut short: never taken for whole', async (_name, bytes) => {
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 4097), async (length) => {
        expect(await pdb(bytes.subarray(0, length))).not.toBe('read');
      }),
    );
  });

  it.each(Object.entries(PDBS))('%s, with bits flipped anywhere', async (_name, bytes) => {
    await fc.assert(
      fc.asyncProperty(flips(bytes.length), async (changes) => {
        await pdb(flipped(bytes, changes));
      }),
      { numRuns: 300 },
    );
  });

  it.each(Object.entries(PDBS))('%s, with its directory damaged', async (_name, bytes) => {
    const size = bytes.readUInt32LE(0x20);
    const map = bytes.readUInt32LE(0x34) * size;
    const directory = bytes.readUInt32LE(map) * size;
    const places = [0x20, 0x28, 0x2c, 0x34, map, ...Array.from({ length: 100 }, (_, index) => directory + index * 4)];
    const value = fc.oneof(fc.constantFrom(0, 1, 2, 0xffffffff, 0x7fffffff, 0x80000000), fc.nat(300), fc.nat());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...places), value), { maxLength: 4 }), async (changes) => {
        const copy = Buffer.from(bytes);
        for (const [place, word] of changes) copy.writeUInt32LE(word, place);
        await pdb(copy);
      }),
      { numRuns: 500 },
    );
  });
});

describe('anything instead of an image', () => {
  it.each(Object.entries(IMAGES))('%s, cut short or with bits flipped', async (_name, bytes) => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length),
        flips(bytes.length),
        flips(0x400),
        async (length, changes, headChanges) => {
          await image(bytes.subarray(0, length));
          await image(flipped(bytes, changes));
          await image(flipped(bytes, headChanges.slice(0, 3)));
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('survives records that lead nowhere', async () => {
  const bytes = writePdb({ symbols: [{ name: 'abc', section: 1, offset: 1 }] });
  const place = bytes.indexOf('abc') - 14;
  for (const length of [0, 1, 2, 0xffff]) {
    const copy = Buffer.from(bytes);
    copy.writeUInt16LE(length, place);
    expect(await pdb(copy)).toBe('read');
  }
});
