import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readCoffSymbols } from '../../../../src/kd/symbols/image/coff.js';
import { type ImageHeaders, readImageHeaders } from '../../../../src/kd/symbols/image/image.js';
import { type WrittenRecord, writeCoffImage } from '../coff-writer.js';
import { llvm, NO_LLVM, readFrom } from '../fixture.js';

const RECORDS: readonly WrittenRecord[] = [
  { name: '.file', value: 0, section: -2, storage: 103, auxiliary: 1 },
  { name: '.text', value: 0, section: 1, storage: 3, auxiliary: 1 },
  { name: '_MmAllocateSpecialPool@16', value: 0x24, section: 1, type: 0x20, auxiliary: 1 },
  { name: '@Fast@8', value: 0x60, section: 1, type: 0x20 },
  { name: '_static_one', value: 0x80, section: 1, type: 0x20, storage: 3 },
  { name: '_abs', value: 0x1234, section: -1 },
  { name: '_undef', value: 0, section: 0 },
  { name: '_eight89', value: 0x10, section: 2 },
  { name: '_label', value: 0x90, section: 1, storage: 6 },
  { name: '_weak', value: 0x94, section: 1, storage: 105 },
  { name: '_nowhere', value: 0, section: 7 },
];

const read = async (bytes: Buffer) =>
  readCoffSymbols(readFrom(bytes), (await readImageHeaders(readFrom(bytes))) as ImageHeaders);

it('reads long and short names, external, static and weak ones, and steps over auxiliary records', async () => {
  expect(await read(writeCoffImage(RECORDS))).toEqual([
    { name: 'MmAllocateSpecialPool', rva: 0x1024, isFunction: true },
    { name: 'Fast', rva: 0x1060, isFunction: true },
    { name: 'static_one', rva: 0x1080, isFunction: true, isLabel: true },
    { name: 'eight89', rva: 0x2010, isFunction: false },
    { name: 'weak', rva: 0x1094, isFunction: false, isLabel: true },
  ]);
});

it('has nothing from an image in memory, or a file that ends before its table', async () => {
  const image = writeCoffImage(RECORDS);
  expect(await read(image.subarray(0, 0x800 + 18))).toBeUndefined();
  expect(await read(image.subarray(0, 0x800))).toBeUndefined();
});

it('loses only the long names without the string table', async () => {
  const image = writeCoffImage(RECORDS);
  const rows = await read(image.subarray(0, 0x800 + 18 * (RECORDS.length + 3)));
  expect(rows?.map((each) => each.name)).toEqual(['Fast', 'eight89', 'weak']);
});

it.skipIf(NO_LLVM)('reads as llvm-readobj does (skipped where that is not installed)', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'coff '));
  const file = path.join(folder, 'a.exe');
  const image = writeCoffImage(RECORDS.filter((each) => each.section < 3));
  writeFileSync(file, image);
  const text = llvm('llvm-readobj', '--symbols', file) ?? '';
  rmSync(folder, { recursive: true });
  const row = /Name: (\S*)\n\s+Value: (\d+)\n\s+Section: \S+ \((-?\d+)\)[^}]*?StorageClass: (\S+)/g;
  const rows = [...text.matchAll(row)].filter(([, name, , section, storage]) => {
    return Number(section) > 0 && storage !== 'Label' && !name?.startsWith('.');
  });
  expect(rows).toHaveLength(5);
  expect((await read(image))?.map((each) => each.rva)).toEqual(
    rows.map(([, , value, section]) => Number(section) * 0x1000 + Number(value)),
  );
});
