import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ModuleSymbols, moduleSymbols } from '../../../src/kd/symbols/module-symbols.js';
import { type FrameData, parseFpo } from '../../../src/kd/symbols/pdb/frame-data.js';
import { frameAt, makeFrameTable } from '../../../src/kd/symbols/pdb/frame-table.js';
import { type IndexStamp, packIndex, type SymbolIndex, unpackIndex } from '../../../src/kd/symbols/pdb/symbol-index.js';
import { makeTable, type NamedAddress } from '../../../src/kd/symbols/symbol-table.js';
import { fixture, pdbOf } from './fixture.js';
import { words } from './msf-writer.js';

const SECTIONS = [
  { rva: 0x1000, size: 0x1000 },
  { rva: 0x2000, size: 0x1000 },
];
const index = (symbols: readonly NamedAddress[], frames: readonly FrameData[] = []): SymbolIndex => ({
  table: makeTable(symbols),
  frames: makeFrameTable(frames),
  sections: SECTIONS,
});
const symbolsOf = (symbols: readonly NamedAddress[]): ModuleSymbols => moduleSymbols(index(symbols), 'pdb', 'a.pdb');
const at = (rva: number, name: string, isFunction = true): NamedAddress => ({ name, rva, isFunction });

describe('names', () => {
  const symbols = symbolsOf([
    at(0x1100, 'ExAllocatePoolWithTag'),
    at(0x1040, 'MmAllocateSpecialPool'),
    at(0x1040, 'Alias'),
    at(0x1040, 'AData', false),
    at(0x2010, 'PoolHitTag', false),
    at(0x1040, 'Alias'),
    at(0x1200, '?odd@@3HA', false),
    at(0x1300, 'Überfunktion'),
  ]);

  it.each([
    [0x1000, undefined],
    [0x1040, ['Alias', 0]],
    [0x104f, ['Alias', 0xf]],
    [0x1110, ['ExAllocatePoolWithTag', 0x10]],
    [0x2000, undefined],
    [0x2fff, ['PoolHitTag', 0xfef]],
  ] as const)('near %i: the function at or below in the same section', (rva, expected) => {
    const hit = symbols.near(rva);
    expect(hit && [hit.name, hit.displacement]).toEqual(expected);
    expect(hit === undefined || hit.rva + hit.displacement === rva).toBe(true);
  });

  it('of a function come before labels at its address', () => {
    const symbols = symbolsOf([
      { ...at(0x1040, 'AfterTrap'), isLabel: true },
      at(0x1040, 'KiSystemServiceExit'),
      { ...at(0x1040, 'ALabel', false), isLabel: true },
      at(0x1040, 'AData', false),
    ]);
    expect(symbols.near(0x1044)?.name).toBe('KiSystemServiceExit');
    expect(symbols.match('*').map(({ name }) => name)).toEqual(['KiSystemServiceExit', 'AfterTrap', 'AData', 'ALabel']);
  });

  it('are found without regard to case, and only whole', () => {
    expect(symbols.find('mmallocatespecialPOOL')).toEqual([0x1040]);
    expect(symbols.find('MmAllocateSpecial')).toEqual([]);
    expect(symbols.find('M*')).toEqual([]);
    expect(symbols.find('?odd@@3HA')).toEqual([0x1200]);
    expect(symbols.find('ÜberFUNKTION')).toEqual([0x1300]);
  });

  it('fit patterns, sorted by address', () => {
    const names = (pattern: string) => symbols.match(pattern).map((each) => each.name);
    expect(names('*pool*')).toEqual(['MmAllocateSpecialPool', 'ExAllocatePoolWithTag', 'PoolHitTag']);
    expect(names('??Alloc*')).toEqual(['MmAllocateSpecialPool', 'ExAllocatePoolWithTag']);
    expect(names('*')).toHaveLength(7);
    expect(names('Alias?')).toEqual([]);
    expect(names('')).toEqual([]);
    expect(symbols.match('poolhittag')).toEqual([{ name: 'PoolHitTag', rva: 0x2010, isFunction: false }]);
  });

  it('fit as a regular expression would say', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'c'), maxLength: 8 });
    const pattern = fc.string({ unit: fc.constantFrom('A', 'b', '*', '?'), maxLength: 6 });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), pattern, (all, wanted) => {
        const regular = new RegExp(`^${wanted.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
        const named = all.map((name, place) => at(0x1000 + place, name));
        expect(
          symbolsOf(named)
            .match(wanted)
            .map((each) => each.name),
        ).toEqual(all.filter((name) => regular.test(name)));
      }),
    );
  });

  it('of a hostile file cost no more time than others, and send nothing to the terminal', () => {
    const mean = symbolsOf([at(0x1000, 'a'.repeat(10_000)), at(0x1001, '\x1b[2J\x9b1m')]);
    const begun = performance.now();
    expect(mean.match(`${'a*'.repeat(60)}b`)).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(mean.near(0x1001)?.name).toBe('?[2J?1m');
  });
});

describe('frame data', () => {
  it('is that of the innermost stretch', async () => {
    const { frames } = await pdbOf(fixture('x86', 'ntkrnlmp.pdb'));
    const table = makeFrameTable(frames);
    for (const wanted of frames) expect(frameAt(table, wanted.rva)).toEqual(wanted);
    expect(frameAt(table, 0x1005)?.rva).toBe(0x1005);
    expect(frameAt(table, 0x1050)?.rva).toBe(0x1006);
    expect(frameAt(table, 0x1050)?.program).toMatch(/^\$T0 \$ebp .*\$esi \$T0 8 - \^ =$/);
    expect(frameAt(table, 0xfff)).toBeUndefined();
    expect(frameAt(table, 0x1083)).toBeUndefined();
  });

  it('with a program is preferred to that without', () => {
    const [fpo] = parseFpo(Buffer.concat([words(0x1000, 0x20, 1), Buffer.from([1, 0, 2, 0x40])])) as [FrameData];
    const framed: FrameData = { ...fpo, kind: 'framedata', frame: 'fpo', program: '$T0' };
    expect(frameAt(makeFrameTable([framed, fpo]), 0x1000)).toEqual(framed);
    expect(frameAt(makeFrameTable([fpo]), 0x101f)).toEqual(fpo);
    expect(fpo).toMatchObject({ frame: 'trap', locals: 4, params: 4, prolog: 2 });
  });
});

describe('a packed index', () => {
  const stamp: IndexStamp = { kind: 'pdb', key: 'ABC1', size: 100, modified: 1.5 };
  const made = async () => {
    const { symbols, frames } = await pdbOf(fixture('x86', 'leakydrv.pdb'));
    return index(symbols, frames);
  };

  it('comes back as it was', async () => {
    const whole = await made();
    expect(unpackIndex(packIndex(whole, stamp), stamp)).toEqual(whole);
    expect(unpackIndex(packIndex(index([]), stamp), stamp)).toEqual(index([]));
  });

  it.each<Partial<IndexStamp>>([{ kind: 'coff' }, { key: 'ABC2' }, { size: 101 }, { modified: 2.5 }])(
    'does not hold for %o',
    async (other) => {
      expect(unpackIndex(packIndex(await made(), stamp), { ...stamp, ...other })).toBeUndefined();
    },
  );

  it('is refused when cut short or of another version, and harmless when damaged', async () => {
    const bytes = packIndex(await made(), stamp);
    expect(unpackIndex(bytes.subarray(0, -1), stamp)).toBeUndefined();
    const other = Buffer.from(bytes);
    other.writeUInt32LE(other.readUInt32LE(8) + 1, 8);
    expect(unpackIndex(other, stamp)).toBeUndefined();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(0x5000), (place, byte, rva) => {
        const damaged = Buffer.from(bytes);
        damaged[place] = byte;
        const back = unpackIndex(damaged, stamp);
        const symbols = back && moduleSymbols(back, 'pdb', undefined);
        symbols?.near(rva);
        symbols?.frameData(rva);
        expect(symbols === undefined || symbols.match('*').length === back?.table.rvas.length).toBe(true);
      }),
    );
  });
});
