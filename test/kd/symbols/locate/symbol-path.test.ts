import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compressedName,
  imageKey,
  pdbKey,
  storeParts,
  whyNoName,
} from '../../../../src/kd/symbols/locate/store-key.js';
import { MICROSOFT_SERVER, parseSymbolPath } from '../../../../src/kd/symbols/locate/symbol-path.js';

const URL = 'https://symbols.example/download';
const folder = (at: string, ...caches: string[]) => ({ kind: 'folder', at, caches });
const store = (at: string, ...caches: string[]) => ({ kind: 'store', at, caches });
const server = (at: string, ...caches: string[]) => ({ kind: 'server', at, caches });

describe('a symbol path', () => {
  it.each([
    ['', []],
    [' ; ;', []],
    ['C:\\Symbols', [folder('C:\\Symbols')]],
    ['\\\\server\\share\\sym;d:\\x', [folder('\\\\server\\share\\sym'), folder('d:\\x')]],
    ['"C:\\Program Files\\sym" ; /var/sym', [folder('C:\\Program Files\\sym'), folder('/var/sym')]],
    [`srv*C:\\Sym*${URL}`, [server(URL, 'C:\\Sym')]],
    [`SRV*${URL}/`, [server(URL, '')]],
    [`srv**${URL}`, [server(URL, '')]],
    [`srv*c:\\near*\\\\far\\share*${URL}`, [server(URL, 'c:\\near', '\\\\far\\share')]],
    ['srv*c:\\store', [store('c:\\store')]],
    ['srv*c:\\near*\\\\far\\share', [store('\\\\far\\share', 'c:\\near')]],
    ['srv', [server(MICROSOFT_SERVER, '')]],
    ['srv*', [server(MICROSOFT_SERVER, '')]],
    ['SRV**', [server(MICROSOFT_SERVER, '')]],
    ['srv*c:\\Sym*', [server(MICROSOFT_SERVER, 'c:\\Sym')]],
    [`srv*c:\\Sym*${URL}*`, [server(URL, 'c:\\Sym')]],
    ['symsrv*symsrv.dll', [server(MICROSOFT_SERVER, '')]],
    ['symsrv*symsrv.dll*', [server(MICROSOFT_SERVER, '')]],
    ['symsrv*symsrv.dll*c:\\Sym*', [server(MICROSOFT_SERVER, 'c:\\Sym')]],
    ['cache*;srv*', [server(MICROSOFT_SERVER, '')]],
    ['cache*C:\\s;SRV*', [server(MICROSOFT_SERVER, 'C:\\s')]],
    ['cache*C:\\s;srv*c:\\d*', [server(MICROSOFT_SERVER, 'C:\\s', 'c:\\d')]],
    ['C:\\own;srv*', [folder('C:\\own'), server(MICROSOFT_SERVER, '')]],
    ['"c:\\own;srv*"', [folder('c:\\own'), server(MICROSOFT_SERVER, '')]],
    [`'srv*c:\\my Sym*${URL}'`, [server(URL, 'c:\\my Sym')]],
    [`symsrv*symsrv.dll*c:\\Sym*${URL}`, [server(URL, 'c:\\Sym')]],
    [`symsrv*other.dll*${URL}`, [server(URL, '')]],
    [`cache*c:\\c;srv*${URL};\\\\far\\sym`, [server(URL, 'c:\\c'), folder('\\\\far\\sym', 'c:\\c')]],
    [`c:\\own;cache*c:\\c;srv*c:\\d*${URL}`, [folder('c:\\own'), server(URL, 'c:\\c', 'c:\\d')]],
    ['cache*c:\\c', [store('c:\\c')]],
    [`cache*;srv*${URL}`, [server(URL, '')]],
    ['cache', [store('')]],
    [URL, [server(URL, '')]],
    [`srv*c:\\c*https://near.example*${URL}`, [server('https://near.example', 'c:\\c'), server(URL, 'c:\\c')]],
    ['srv-like\\folder', [folder('srv-like\\folder')]],
  ])('%s', (text, places) => {
    expect(parseSymbolPath(text).places).toEqual(places);
  });

  it('is whatever somebody writes, and loses no folder', () => {
    const element = fc.constantFrom('srv', 'cache', 'symsrv', '*', ';', '"', ' ', 'c:\\x', URL);
    fc.assert(
      fc.property(fc.array(element, { maxLength: 12 }), (parts) => {
        const { places } = parseSymbolPath(parts.join(''));
        for (const { kind, at, caches } of places) {
          expect([at, ...caches].join('')).not.toContain(';');
          // Nobody is to make a folder of that name.
          expect(caches.filter((each) => /^https?:/.test(each))).toEqual([]);
          expect(kind === 'server').toBe(/^https?:/.test(at));
          expect(kind === 'folder' && at === '').toBe(false);
        }
      }),
    );
  });

  it('has every kind of place in the order in which it was written', () => {
    expect(parseSymbolPath(`C:\\own;srv*C:\\Sym**${URL};srv*`).places).toEqual([
      { kind: 'folder', at: 'C:\\own', caches: [] },
      { kind: 'server', at: URL, caches: ['C:\\Sym', ''] },
      { kind: 'server', at: MICROSOFT_SERVER, caches: [''] },
    ]);
  });
});

describe('a place in a store', () => {
  const guid = '33221100554477668899AABBCCDDEEFF';
  it('has the GUID and the age in hexadecimal, or the time stamp and the size', () => {
    const key = pdbKey({ name: 'ntkrnlmp.pdb', guid, age: 0x1a });
    expect(storeParts(key, key.name, false)).toEqual(['ntkrnlmp.pdb', `${guid}1a`, 'ntkrnlmp.pdb']);
    expect(storeParts(key, compressedName(key.name), true)).toEqual([
      'nt',
      'ntkrnlmp.pdb',
      `${guid}1a`,
      'ntkrnlmp.pd_',
    ]);
    expect(imageKey('a.exe', 0xabc1234, 0x26c000).key).toBe('0ABC123426c000');
  });

  it.each(['', '.', '..', '..\\x.pdb', 'a/b.pdb', 'nul.pdb', 'a:b.pdb', 'a\x1b.pdb', 'x'.repeat(201), 'a.pdb '])(
    'has no name like %j',
    (name) => expect(whyNoName(name)).toBeTypeOf('string'),
  );

  it('has names of files', () => expect(whyNoName('ntkrnlmp.pdb')).toBeUndefined());
});
