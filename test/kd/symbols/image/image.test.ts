import { describe, expect, it, test } from 'vitest';
import { byteSource } from '../../../../src/kd/symbols/bytes.js';
import { type ImageHeaders, readImageHeaders } from '../../../../src/kd/symbols/image/image.js';
import { readPdbReference } from '../../../../src/kd/symbols/image/image-debug.js';
import { readExports } from '../../../../src/kd/symbols/image/image-exports.js';
import { readPdbIdentity } from '../../../../src/kd/symbols/pdb/pdb.js';
import { bytesOf, fixture, IMAGES, llvm, mappedImage, NO_LLVM, pdbName, readFrom } from '../fixture.js';

const headersOf = async (bytes: Buffer) => (await readImageHeaders(readFrom(bytes))) as ImageHeaders;

describe.each(IMAGES)('%s/%s', (bits, name) => {
  const file = bytesOf(bits, name);

  it('has the same headers, PDB and exports in the file and in memory', async () => {
    const memory = await mappedImage(file);
    const headers = await headersOf(file);
    expect(await headersOf(memory)).toEqual(headers);
    const read = readFrom(memory);
    const reference = await readPdbReference(read, headers, true);
    expect(reference).toEqual(await readPdbReference(readFrom(file), headers, false));
    expect(reference?.name).toBe(pdbName(name));
    expect(await readExports(read, headers, true)).toEqual(await readExports(readFrom(file), headers, false));
    expect(await readPdbIdentity(byteSource(bytesOf(bits, pdbName(name))))).toMatchObject({
      guid: reference?.guid,
      age: reference?.age,
    });
  });

  test.skipIf(NO_LLVM)('reads as llvm-readobj does (skipped where that is not installed)', async () => {
    const text = llvm('llvm-readobj', '--file-headers', '--sections', '--coff-exports', fixture(bits, name)) as string;
    const number = (field: string) => Number(new RegExp(`${field}: (?:.*\\()?(0x[0-9A-F]+|\\d+)`).exec(text)?.[1]);
    const headers = await headersOf(file);
    expect(headers).toMatchObject({
      machine: number('Machine'),
      timeStamp: number('TimeDateStamp'),
      sizeOfImage: number('SizeOfImage'),
      imageBase: BigInt(number('ImageBase')),
      entryRva: number('AddressOfEntryPoint'),
    });
    const sections = [...text.matchAll(/Name: (\S+) \([\s\S]*?VirtualSize: (\S+)[\s\S]*?VirtualAddress: (\S+)/g)];
    expect(headers.sections.map((each) => [each.name, each.size, each.rva])).toEqual(
      sections.map(([, section, size, rva]) => [section, Number(size), Number(rva)]),
    );
    const exports = [...text.matchAll(/Ordinal: \d+\s+Name: (\S+)\s+RVA: (\S+)/g)];
    expect((await readExports(readFrom(file), headers, false)).map((each) => [each.name, each.rva])).toEqual(
      exports.map(([, symbol, rva]) => [symbol, Number(rva)]).sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
    );
  });
});

it('takes at most three small reads to know the PDB of a mapped kernel', async () => {
  const memory = await mappedImage(bytesOf('x64', 'ntkrnlmp.exe'));
  const asked: number[] = [];
  const read = async (offset: number, length: number) => {
    asked.push(length);
    return memory.subarray(offset, offset + length);
  };
  const headers = await readImageHeaders(read);
  expect(headers && (await readPdbReference(read, headers, true))).toBeDefined();
  expect(asked.length).toBeLessThanOrEqual(3);
  expect(asked.reduce((sum, each) => sum + each)).toBeLessThan(1400);
});

it('tells forwarders from functions', async () => {
  const memory = await mappedImage(bytesOf('x86', 'ntkrnlmp.exe'));
  const headers = await headersOf(memory);
  const [directory] = headers.directories;
  const place = directory?.rva ?? 0;
  const before = await readExports(readFrom(memory), headers, true);
  expect(before.every((each) => each.forwarder === undefined)).toBe(true);
  // The first function now points at the image's own name, inside the export directory.
  const functions = memory.readUInt32LE(place + 28);
  const ordinal = memory.readUInt16LE(memory.readUInt32LE(place + 36));
  memory.writeUInt32LE(memory.readUInt32LE(place + 12), functions + ordinal * 4);
  const [first] = await readExports(readFrom(memory), headers, true);
  expect(first?.forwarder).toBe('ntkrnlmp.exe');
});

it('leaves out what is paged out', async () => {
  const memory = await mappedImage(bytesOf('x86', 'ntkrnlmp.exe'));
  const headers = await headersOf(memory);
  const gone = async () => Buffer.alloc(0);
  expect(await readPdbReference(gone, headers, true)).toBeUndefined();
  expect(await readExports(gone, headers, true)).toEqual([]);
  expect(await readImageHeaders(gone)).toBeUndefined();
});

it('takes of a path only the name, and nothing that commands a terminal', async () => {
  for (const [written, name] of [
    ['d:\\o\\x.pdb', 'x.pdb'],
    ['/b/x.pdb', 'x.pdb'],
    ['a\x1b[2J\n.pdb', 'a?[2J?.pdb'],
  ] as const) {
    const image = Buffer.concat([bytesOf('x64', 'ntkrnlmp.exe'), Buffer.alloc(64)]);
    image.write(`${written}\0`, image.indexOf('RSDS') + 24);
    const headers = await headersOf(image);
    expect((await readPdbReference(readFrom(image), headers, false))?.name).toBe(name);
  }
});
