import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LoadOptions, loadSymbols, type SymbolModule } from '../../../src/kd/symbols/load.js';
import { fetchFor } from '../../../src/kd/symbols/locate/fetch-for.js';
import type { LocateOptions } from '../../../src/kd/symbols/locate/locate-options.js';
import { parseSymbolPath } from '../../../src/kd/symbols/locate/symbol-path.js';
import { COFF_IMAGE_SIZE, writeCoffImage } from './coff-writer.js';
import { bytesOf, FOLDER, fixture, mappedImage, readFrom } from './fixture.js';
import { GUID, GUID_TEXT, writePdb } from './pdb-writer.js';
import { type StoreServer, serving, storeServer } from './store-server.js';

let root: string;
let server: StoreServer | undefined;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'load symbols '));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(root, { recursive: true, force: true });
});

const kernel = (file: string, size: number): SymbolModule => ({
  name: 'nt',
  file,
  base: 0x80400000n,
  size,
  checkSum: 0,
});
const load = (module: SymbolModule, memory: Buffer, symbols: string, images = '', options: LoadOptions = {}) =>
  loadSymbols(
    module,
    readFrom(memory),
    { symbols: parseSymbolPath(symbols), images: parseSymbolPath(images) },
    options,
  );

/** The kernel's memory with its debug directory wiped, as a discarded section leaves it. */
function withoutReference(memory: Buffer): Buffer {
  const copy = Buffer.from(memory);
  const optional = copy.readUInt32LE(0x3c) + 24;
  const tables = optional + (copy.readUInt16LE(optional) === 0x20b ? 112 : 96);
  copy.writeBigUInt64LE(0n, tables + 6 * 8);
  return copy;
}

describe.each(['x86', 'x64'] as const)('the %s kernel', (bits) => {
  const file = bytesOf(bits, 'ntkrnlmp.exe');
  const nt = kernel('ntoskrnl.exe', 0x9000);

  it('has the names of the PDB that its memory refers to', async () => {
    const { symbols, notes } = await load(nt, await mappedImage(file), FOLDER + bits);
    expect(notes).toEqual([]);
    expect(symbols).toMatchObject({ source: 'pdb', file: fixture(bits, 'ntkrnlmp.pdb') });
    const [rva = 0] = symbols.find('mmallocatespecialpool');
    expect(symbols.near(rva + 1)).toEqual({ name: 'MmAllocateSpecialPool', rva, displacement: 1 });
    expect(symbols.match('MmAlloc*')).toEqual([
      // On x64 it is written in assembly, and its public symbol does not say what it is.
      { name: 'MmAllocateSpecialPool', rva, isFunction: bits === 'x86' },
    ]);
    expect(symbols.frameData(rva) !== undefined).toBe(bits === 'x86');
  });

  it('has them by its image file where memory does not say which PDB it is', async () => {
    const memory = withoutReference(await mappedImage(file));
    copyFileSync(fixture(bits, 'ntkrnlmp.exe'), path.join(root, 'ntkrnlmp.exe'));
    const { symbols, image, notes } = await load(nt, memory, FOLDER + bits, root);
    expect(symbols.source).toBe('pdb');
    expect(image).toBe(path.join(root, 'ntkrnlmp.exe'));
    expect(notes[0]).toContain('does not say which PDB');
  });

  it('has them from a PDB beside its image file', async () => {
    for (const name of ['ntkrnlmp.exe', 'ntkrnlmp.pdb']) copyFileSync(fixture(bits, name), path.join(root, name));
    const { symbols } = await load(nt, await mappedImage(file), path.join(root, 'nowhere'), root);
    expect(symbols).toMatchObject({ source: 'pdb', file: path.join(root, 'ntkrnlmp.pdb') });
    const both = await load(nt, await mappedImage(file), root, root);
    expect(both).toMatchObject({ image: path.join(root, 'ntkrnlmp.exe'), symbols: { source: 'pdb' }, notes: [] });
  });

  it('has its exports otherwise, and says everything that was tried', async () => {
    const { symbols, notes } = await load(nt, await mappedImage(file), `${root};srv*${root}`);
    expect(symbols).toMatchObject({ source: 'exports', file: undefined });
    expect(symbols.find('ExAllocatePoolWithTag')).toHaveLength(1);
    expect(symbols.match('ExAllocatePoolWithTag')[0]?.isFunction).toBe(true);
    expect(notes).toContainEqual(expect.stringMatching(/^ntkrnlmp\.pdb [0-9A-F]{32}1: .*: not there$/));
    expect(notes.some((each) => each.includes(root))).toBe(true);
    const fromFile = await load(nt, await mappedImage(file), '', FOLDER + bits);
    expect(fromFile.symbols.source).toBe('pdb');
    const unread = await load(nt, await mappedImage(file), '', '', { exports: false });
    expect(unread.symbols.source).toBe('none');
  });
});

it('reads the COFF table of an image file that is the one in memory', async () => {
  const records = [{ name: '_MmAllocateSpecialPool@16', value: 0x20, section: 1, type: 0x20 }];
  const file = path.join(root, 'ntoskrnl.exe');
  writeFileSync(file, writeCoffImage(records));
  const memory = await mappedImage(writeCoffImage(records));
  const module = kernel('ntoskrnl.exe', COFF_IMAGE_SIZE);
  const { symbols } = await load(module, memory, '', root);
  expect(symbols).toMatchObject({ source: 'coff', file });
  expect(symbols.near(0x1021)).toEqual({ name: 'MmAllocateSpecialPool', rva: 0x1020, displacement: 1 });

  writeFileSync(file, writeCoffImage(records, 0x12345678));
  const wrong = await load(module, memory, '', root);
  expect(wrong.symbols.source).toBe('none');
  expect(wrong.notes.join('\n')).toMatch(/another build \(123456784000\)/);
  expect(wrong.notes.at(-1)).toMatch(/its image file has symbols: name its folder with -i/);
});

it('has nothing of a module that cannot be read', async () => {
  const { symbols, notes } = await load(kernel('gone.sys', 0x1000), Buffer.alloc(0), root, root);
  expect(symbols.source).toBe('none');
  expect([symbols.near(0x1000), symbols.find('a'), symbols.match('*'), symbols.frameData(0)]).toEqual([
    undefined,
    [],
    [],
    undefined,
  ]);
  expect(notes).toEqual(['gone.sys: its headers cannot be read from the target']);
});

it('fetches an image by its time stamp and size where that is all there is', async () => {
  const image = bytesOf('x64', 'hal.dll');
  const memory = withoutReference(await mappedImage(image));
  const key = `${memory
    .readUInt32LE(memory.readUInt32LE(0x3c) + 8)
    .toString(16)
    .toUpperCase()
    .padStart(8, '0')}${memory.length.toString(16)}`;
  server = await storeServer(serving({ [`/hal.dll/${key}/hal.dll`]: image }));
  const module = { ...kernel('hal.dll', memory.length), name: 'hal' };
  copyFileSync(fixture('x64', 'hal.pdb'), path.join(root, 'hal.pdb'));
  const { symbols } = await load(module, memory, `${root};srv*${root}/cache*${server.url}`);
  expect(symbols.source).toBe('pdb');
  expect(server.asked.at(-1)?.path).toBe(`/hal.dll/${key}/hal.dll`);
});

describe('the index', () => {
  const memory = mappedImage(bytesOf('x86', 'ntkrnlmp.exe'));
  const nt = kernel('ntoskrnl.exe', 0x9000);
  const cached = () =>
    path.join(root, 'cache', 'ntkrnlmp.pdb', readdirSync(path.join(root, 'cache', 'ntkrnlmp.pdb'))[0] ?? '');
  const loadCached = async (options: LocateOptions = {}) => {
    const { symbols } = await load(nt, await memory, `cache*${root}/cache;${FOLDER}x86`, '', options);
    return symbols;
  };

  it('is kept beside a file in the cache, and made anew when the file is another', async () => {
    const before = await loadCached();
    const index = `${before.file}.livedebug-index`;
    expect(readdirSync(cached()).sort()).toEqual(['ntkrnlmp.pdb', 'ntkrnlmp.pdb.livedebug-index']);
    // An index is read, not made: a change of the index shows.
    const made = statSync(index).mtimeMs;
    expect((await loadCached()).match('*')).toEqual(before.match('*'));
    expect(statSync(index).mtimeMs).toBe(made);
    utimesSync(before.file as string, 1000, 1000);
    utimesSync(index, 1000, 1000);
    expect((await loadCached()).match('*')).toEqual(before.match('*'));
    expect(statSync(index).mtimeMs).not.toBe(1_000_000);
    writeFileSync(index, 'damaged');
    expect((await loadCached()).match('*')).toEqual(before.match('*'));
  });

  it('goes to its folder for a file elsewhere, and never beside that', async () => {
    const indexFolder = path.join(root, 'indices');
    const before = readdirSync(`${FOLDER}x86`);
    const find = async () =>
      (await load(nt, await memory, `${FOLDER}x86`, '', { indexFolder })).symbols.find('KiIdleLoop');
    expect(await find()).toHaveLength(1);
    expect(readdirSync(indexFolder)).toEqual([expect.stringMatching(/^ntkrnlmp\.pdb-[0-9A-F]{32}1\.livedebug-index$/)]);
    expect(await find()).toHaveLength(1);
    expect(readdirSync(`${FOLDER}x86`)).toEqual(before);
  });

  it('is done without where it cannot be kept', async () => {
    const file = path.join(root, 'no folder');
    writeFileSync(file, '');
    const { symbols } = await load(nt, await memory, `${FOLDER}x86`, '', { indexFolder: file });
    expect(symbols.find('KiIdleLoop')).toHaveLength(1);
  });
});

describe('fetching the PDB of an image file', () => {
  it('puts it into the cache', async () => {
    const file = fixture('x64', 'leakydrv.sys');
    const places = parseSymbolPath(`cache*${root}/cache;${FOLDER}x64`);
    const fetched = await fetchFor(file, places);
    expect(fetched).toMatchObject({ reference: { name: 'leakydrv.pdb', age: 1 }, located: { kept: true } });
    expect('located' in fetched && existsSync(fetched.located.file as string)).toBe(true);
  });

  it('says why there is none', async () => {
    mkdirSync(path.join(root, 'a'));
    const coff = path.join(root, 'coff.exe');
    writeFileSync(coff, writeCoffImage([{ name: 'a', value: 0, section: 1 }]));
    expect(await fetchFor(coff, parseSymbolPath(root))).toEqual({ wrong: expect.stringContaining('(COFF)') });
    expect(await fetchFor(fixture('x64', 'hal.pdb'), parseSymbolPath(root))).toEqual({
      wrong: expect.stringContaining('not a Windows image'),
    });
    await expect(fetchFor(path.join(root, 'none.sys'), parseSymbolPath(root))).rejects.toThrow('ENOENT');
  });
});

it('looks names up in milliseconds in a kernel of 25,000 names', async () => {
  const name = (index: number) => `_NtSomeRoutineOfTheKernel${index.toString(36)}Worker@${(index % 8) * 4}`;
  const symbols = Array.from({ length: 25_000 }, (_, index) => ({
    name: name(index),
    section: 1,
    offset: (index * 7919 * 16) % 0x400000,
  }));
  const pdb = writePdb({ machine: 0x14c, guid: GUID, symbols, sections: [['.text', 0x1000, 0x600000]] });
  mkdirSync(path.join(root, 'cache', 'big.pdb', `${GUID_TEXT}1`), { recursive: true });
  writeFileSync(path.join(root, 'cache', 'big.pdb', `${GUID_TEXT}1`, 'big.pdb'), pdb);
  const image = bytesOf('x86', 'ntkrnlmp.exe');
  const place = image.indexOf('RSDS');
  GUID.copy(image, place + 4);
  image.write('big.pdb\0', place + 24);
  const memory = await mappedImage(image);
  const timed = async <Result>(work: () => Promise<Result> | Result): Promise<[number, Result]> => {
    const begun = performance.now();
    const result = await work();
    return [performance.now() - begun, result];
  };
  const find = () =>
    load(kernel('ntoskrnl.exe', 0x9000), memory, `cache*${path.join(root, 'cache')};${path.join(root, 'none')}`);
  const [make] = await timed(find);
  const [open, { symbols: found }] = await timed(find);
  const [near] = await timed(() => Array.from({ length: 1000 }, (_, index) => found.near(0x1000 + index * 4000)));
  const [match, all] = await timed(() => found.match('*routine*worker'));
  const [exact, rvas] = await timed(() => found.find('ntsomeroutineofthekernelabcworker'));
  expect(all).toHaveLength(25_000);
  expect(rvas).toHaveLength(1);
  if (process.env.SHOW_TIMES) console.log({ make, open, near, match, exact, bytes: pdb.length });
  // Far above what a busy machine takes; measured without load: 4, 4 and 2 ms.
  expect(open).toBeLessThan(make / 2);
  expect(near).toBeLessThan(500);
  expect(match).toBeLessThan(500);
  expect(exact).toBeLessThan(500);
});
