import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePdbKey } from '../../../../src/kd/symbols/locate/store-key.js';
import { WantedPdbs, wordOf } from '../../../../src/kd/symbols/locate/wanted-pdbs.js';

const KEY = '3844DBB920174967BE7AA4A2C20430FA2';
const NT = `ntkrnlmp.pdb/${KEY}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'wanted pdbs '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the name of a PDB', () => {
  it.each([
    [NT, { name: 'ntkrnlmp.pdb', guid: KEY.slice(0, 32), age: 2 }],
    [`ntkrnlmp.pdb\\${KEY.toLowerCase()}`, { name: 'ntkrnlmp.pdb', guid: KEY.slice(0, 32), age: 2 }],
    [`D:\\my symbols\\nt.pdb\\${KEY}1f`, { name: 'nt.pdb', guid: KEY.slice(0, 32), age: 0x21f }],
    ['ntkrnlmp.pdb', undefined],
    [`ntkrnlmp.pdb/${KEY.slice(0, 32)}`, undefined],
    [`ntkrnlmp.exe/${KEY}`, undefined],
    [`nt?.pdb/${KEY}`, undefined],
    [`con.pdb/${KEY}`, undefined],
    [`/${KEY}`, undefined],
    ['', undefined],
  ])('%j', (text, reference) => {
    expect(parsePdbKey(text)).toEqual(reference);
  });
});

describe('the PDBs that a target waited for in vain', () => {
  it('are remembered from one session to the next, each once, the latest last', () => {
    const wanted = new WantedPdbs(path.join(folder, 'cache', 'symbols'));
    expect(wanted.list()).toEqual([]);
    for (const name of ['a.pdb', 'b.pdb', 'a.pdb']) wanted.add(wordOf({ name, key: KEY }));
    const later = new WantedPdbs(path.join(folder, 'cache', 'symbols'));
    expect(later.list()).toEqual([`b.pdb/${KEY}`, `a.pdb/${KEY}`]);
    later.remove(`b.pdb/${KEY}`);
    later.remove('never there');
    expect(wanted.list()).toEqual([`a.pdb/${KEY}`]);
    expect(readdirSync(path.join(folder, 'cache', 'symbols'))).toEqual(['wanted.txt']);
  });

  it('do not pile up', () => {
    const wanted = new WantedPdbs(folder);
    for (let count = 0; count < 50; count++) wanted.add(`nt${count}.pdb/${KEY}`);
    expect(wanted.list()).toHaveLength(20);
    expect(wanted.list().at(-1)).toBe(`nt49.pdb/${KEY}`);
  });

  it('are no reason to fail: a file that is nonsense, a folder that cannot be written', () => {
    writeFileSync(path.join(folder, 'wanted.txt'), `\u0000\r\n../../x\r\n${NT}\r\n--version\r\n`);
    expect(new WantedPdbs(folder).list()).toEqual([NT]);
    const file = path.join(folder, 'a file');
    writeFileSync(file, '');
    new WantedPdbs(file).add(NT);
    mkdirSync(path.join(folder, 'dir', 'wanted.txt'), { recursive: true });
    new WantedPdbs(path.join(folder, 'dir')).add(NT);
    expect(readdirSync(path.join(folder, 'dir'))).toEqual(['wanted.txt']);
    expect(new WantedPdbs(path.join(folder, 'dir')).list()).toEqual([]);
  });
});
