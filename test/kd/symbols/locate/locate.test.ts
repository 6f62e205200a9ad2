import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locateImage, locatePdb } from '../../../../src/kd/symbols/locate/locate.js';
import { parseSymbolPath } from '../../../../src/kd/symbols/locate/symbol-path.js';
import { COFF_IMAGE_SIZE, COFF_STAMP, writeCoffImage } from '../coff-writer.js';
import { GUID_TEXT, writePdb } from '../pdb-writer.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'symbol store '));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const REFERENCE = { name: 'ab.pdb', guid: GUID_TEXT, age: 1 };
const KEY = `${GUID_TEXT}1`;
const PDB = writePdb({});
const at = (...parts: string[]) => path.join(root, ...parts);

function put(file: string, bytes: Buffer | string = PDB): string {
  mkdirSync(path.dirname(at(file)), { recursive: true });
  writeFileSync(at(file), bytes);
  return at(file);
}
const locate = (text: string, reference = REFERENCE) => locatePdb(reference, parseSymbolPath(text));
const whys = (tried: readonly { readonly what: string }[]) => tried.map((each) => each.what);

describe('in folders', () => {
  it.each(['ab.pdb', 'symbols/pdb/ab.pdb', 'pdb/ab.pdb', `ab.pdb/${KEY}/ab.pdb`])('finds %s', async (file) => {
    expect(await locate(root)).toMatchObject({ file: undefined, tried: [{ where: root, what: 'not there' }] });
    const whole = put(file);
    expect(await locate(`${at('nowhere')};${root}`)).toEqual({
      file: whole,
      kept: false,
      tried: [{ where: at('nowhere'), what: 'there is no such folder' }],
    });
  });

  it('says that a file is of another build, damaged, or something else', async () => {
    put('one/ab.pdb', writePdb({ guid: Buffer.alloc(16, 0x11) }));
    put('two/ab.pdb', PDB.subarray(0, 2000));
    put('three/ab.pdb', 'text');
    const { file, tried } = await locate(['one', 'two', 'three'].map((each) => at(each)).join(';'));
    expect(file).toBeUndefined();
    expect(whys(tried)).toEqual([
      expect.stringContaining('another build (11111111111111111111111111111111 1)'),
      expect.stringContaining('truncated'),
      expect.stringContaining('it is not a PDB'),
    ]);
  });

  it.skipIf(process.platform === 'win32')('opens no folder and no pipe of that name', async () => {
    mkdirSync(at('one/ab.pdb'), { recursive: true });
    mkdirSync(at('two'));
    expect(spawnSync('mkfifo', [at('two/ab.pdb')]).status).toBe(0);
    const { tried } = await locate(`${at('one')};${at('two')}`);
    expect(whys(tried)).toEqual([expect.stringContaining('not a file'), expect.stringContaining('not a file')]);
  });

  it('looks on below a wrong file', async () => {
    put('ab.pdb', 'wrong');
    expect((await locate(root)).file).toBeUndefined();
    const right = put('pdb/ab.pdb');
    expect((await locate(root)).file).toBe(right);
  });

  it.skipIf(process.platform === 'win32')('takes no notice of case, as Windows does not', async () => {
    const file = put('AB.PDB');
    expect((await locate(root)).file).toBe(file);
  });

  it('never leaves the folder for a name from a target', async () => {
    put('ab.pdb');
    mkdirSync(at('sub'));
    for (const name of ['../ab.pdb', '..\\ab.pdb', '..', at('ab.pdb')])
      expect(await locate(at('sub'), { ...REFERENCE, name })).toMatchObject({ file: undefined, tried: [{}] });
  });

  it('says that the path is empty', async () => {
    expect(await locate('')).toMatchObject({ file: undefined, tried: [{ where: 'symbol path', what: 'it is empty' }] });
  });
});

describe('in stores', () => {
  it('finds a file by its key, in one tier or two', async () => {
    const one = put(`one/ab.pdb/${KEY}/ab.pdb`);
    put('two/index2.txt', '');
    put(`two/ab.pdb/${KEY}/ab.pdb`, 'not looked at');
    const two = put(`two/ab/ab.pdb/${KEY}/ab.pdb`);
    expect((await locate(`srv*${at('one')}`)).file).toBe(one);
    expect((await locate(`srv*${at('two')}`)).file).toBe(two);
  });

  it('says that a file is compressed, and where a pointer leads', async () => {
    put(`one/ab.pdb/${KEY}/ab.pd_`);
    put(`two/ab.pdb/${KEY}/file.ptr`, 'MSG: removed \x1b[2J on purpose\r\nmore');
    put(`three/ab.pdb/${KEY}/file.ptr`, `PATH:${at('gone.pdb')}`);
    const { tried } = await locate(['one', 'two', 'three'].map((each) => `srv*${at(each)}`).join(';'));
    expect(whys(tried)).toEqual([
      expect.stringMatching(/only compressed \(ab\.pd_\).*not supported/),
      'file.ptr says: removed ?[2J on purpose',
      expect.stringContaining(`${at('gone.pdb')}, where there is none`),
    ]);
    const pointed = put('elsewhere/other.pdb');
    put(`four/ab.pdb/${KEY}/file.ptr`, `PATH:${pointed}\r\n`);
    expect((await locate(`srv*${at('four')}`)).file).toBe(pointed);
  });

  it('copies what it finds into the caches before, and finds it there', async () => {
    put(`far/ab.pdb/${KEY}/ab.pdb`);
    const text = `cache*${at('nearest')};srv*${at('near')}*${at('far')}`;
    const near = at('near', 'ab.pdb', KEY, 'ab.pdb');
    const nearest = at('nearest', 'ab.pdb', KEY, 'ab.pdb');
    expect(await locate(text)).toMatchObject({ file: nearest, kept: true });
    for (const file of [near, nearest]) expect(readFileSync(file)).toEqual(PDB);
    expect(readdirSync(path.dirname(near))).toEqual(['ab.pdb']);
    rmSync(at('far'), { recursive: true });
    rmSync(at('nearest'), { recursive: true });
    expect(await locate(text)).toMatchObject({ file: nearest, kept: true });
  });

  it('uses a file where it is when the cache cannot be written', async () => {
    const file = put(`far/ab.pdb/${KEY}/ab.pdb`);
    put('near', 'a file, no folder');
    const found = await locate(`srv*${at('near')}*${at('far')}`);
    expect(found).toMatchObject({ file, kept: false });
    expect(found.tried.at(-1)).toMatchObject({ where: `the cache ${at('near')}` });
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'says that a folder cannot be read (skipped for root, who can, and on Windows)',
    async () => {
      put('closed/x', '');
      chmodSync(at('closed'), 0);
      expect(whys((await locate(at('closed'))).tried)).toEqual(['cannot be read: EACCES']);
      chmodSync(at('closed'), 0o700);
    },
  );
});

it('finds an image with the time stamp and the size that memory has', async () => {
  const image = writeCoffImage([]);
  const file = put(`srv/a.exe/6B033E87${COFF_IMAGE_SIZE.toString(16)}/a.exe`, image);
  const find = (timeStamp: number, size: number, text: string) =>
    locateImage('a.exe', timeStamp, size, parseSymbolPath(text));
  expect((await find(COFF_STAMP, COFF_IMAGE_SIZE, `srv*${at('srv')}`)).file).toBe(file);
  put('flat/a.exe', image);
  expect((await find(COFF_STAMP, COFF_IMAGE_SIZE, at('flat'))).file).toBe(at('flat', 'a.exe'));
  for (const [stamp, size] of [
    [COFF_STAMP + 1, COFF_IMAGE_SIZE],
    [COFF_STAMP, COFF_IMAGE_SIZE + 0x1000],
  ] as const) {
    const { tried } = await find(stamp, size, at('flat'));
    expect(tried[0]?.what).toContain('another build (6B033E874000)');
  }
});
