import { describe, expect, it, test } from 'vitest';
import { byteSource } from '../../../../src/kd/symbols/bytes.js';
import { belongsTo, readPdb } from '../../../../src/kd/symbols/pdb/pdb.js';
import { fixture, IMAGES, llvm, NO_LLVM, pdbName, pdbOf } from '../fixture.js';
import { words } from '../msf-writer.js';
import { GUID_TEXT, type WrittenPdb, writePdb } from '../pdb-writer.js';

const read = (pdb: WrittenPdb) => readPdb(byteSource(writePdb(pdb)));
const places = (content: Awaited<ReturnType<typeof read>>) => content.symbols.map((each) => [each.name, each.rva]);

describe.each(IMAGES)('the PDB of %s/%s', (bits, image) => {
  const file = fixture(bits, pdbName(image));

  test.skipIf(NO_LLVM)('reads as llvm-pdbutil does (skipped where that is not installed)', async () => {
    const pdb = await pdbOf(file);
    const text = llvm('llvm-pdbutil', 'dump', '-publics', '-section-headers', '-fpo', file) as string;
    const headers = [
      ...text.matchAll(/SECTION HEADER #\d+\s+(\S+) name\s+(\S+) virtual size\s+(\S+) virtual address/g),
    ];
    const hex = (digits = '') => Number.parseInt(digits, 16);
    expect(pdb.sections.map((each) => [each.name, each.size, each.rva])).toEqual(
      headers.map(([, name, size, rva]) => [name, hex(size), hex(rva)]),
    );
    const publics = [...text.matchAll(/S_PUB32 .*`(.*)`\s+flags = (.*), addr = (\d+):(\d+)/g)].map(
      ([, name = '', flags = '', section, offset]) => {
        const bare = bits === 'x86' && !name.startsWith('?') ? name.replace(/^[_@]/, '').replace(/@\d+$/, '') : name;
        return `${bare} ${(pdb.sections[Number(section) - 1]?.rva ?? Number.NaN) + Number(offset)} ${flags.includes('function')}`;
      },
    );
    expect(publics.length).toBeGreaterThan(1);
    const ours = new Set(pdb.symbols.map((each) => `${each.name} ${each.rva} ${each.isFunction}`));
    expect(publics.filter((each) => !ours.has(each))).toEqual([]);
    const addresses = new Set(publics.map((each) => each.split(' ').at(-2)));
    // What is no public symbol is static: at an address that has none.
    const publicOnes = new Set(publics);
    for (const each of ours) if (!publicOnes.has(each)) expect(addresses).not.toContain(each.split(' ').at(-2));
    const frames = [...text.matchAll(/^([0-9A-F]{8}) +\| +(\d+) .*\| (\$.*)$/gm)];
    expect(pdb.frames.map((each) => [each.rva, each.size, each.program])).toEqual(
      frames.map(([, rva, size, program = '']) => [hex(rva), Number(size), program.trim()]),
    );
    expect(pdb.frames.length > 0).toBe(bits === 'x86' && frames.length > 0);
  });
});

it('belongs to the image with its GUID, and its age or an earlier one', async () => {
  const pdb = await read({ age: 3 });
  expect(pdb).toMatchObject({ guid: GUID_TEXT, age: 3 });
  for (const [age, expected] of [
    [3, true],
    [2, true],
    [4, false],
  ] as const)
    expect(belongsTo(pdb, { guid: GUID_TEXT, age })).toBe(expected);
  expect(belongsTo(pdb, { guid: GUID_TEXT.replace('3', '4'), age: 3 })).toBe(false);
});

it.each([
  ['_MmAllocateSpecialPool@16', 'MmAllocateSpecialPool', 0x14c],
  ['@IofCallDriver@8', 'IofCallDriver', 0x14c],
  ['_KeTickCount', 'KeTickCount', 0x14c],
  ['__imp__NtClose@4', '_imp__NtClose', 0x14c],
  ['__SEH_prolog4', '_SEH_prolog4', 0x14c],
  ['Plain@x', 'Plain@x', 0x14c],
  ['__security_check_cookie', '__security_check_cookie', 0x8664],
  ['_name@16', '_name@16', 0x8664],
  ['?Run@Queue@io@@QAEXXZ', 'io::Queue::Run', 0x14c],
  ['??0Queue@@QAE@XZ', '??0Queue@@QAE@XZ', 0x14c],
  ['?x@?1??f@@YAXXZ@4HA', '?x@?1??f@@YAXXZ@4HA', 0x8664],
])('shows %s as %s', async (name, shown, machine) => {
  expect(places(await read({ machine, symbols: [{ name, section: 1, offset: 4 }] }))).toEqual([[shown, 0x1004]]);
});

it('finds static functions in the object files, where no public symbol stands', async () => {
  const pdb = await read({
    symbols: [{ name: 'Public', section: 1, offset: 0x10 }],
    procedures: [
      { name: 'PublicAgain', section: 1, offset: 0x10 },
      { name: 'Static', section: 1, offset: 0x20 },
    ],
  });
  expect(places(pdb)).toEqual([
    ['Public', 0x1010],
    ['Static', 0x1020],
  ]);
  expect(pdb.symbols[1]?.isFunction).toBe(true);
});

it('reads the names of old public symbols, and leaves out what has no section', async () => {
  const pdb = await read({
    symbols: [
      { name: '\x05abcdefgh', section: 1, offset: 8, kind: 0x1009 },
      { name: 'Absolute', section: 0, offset: 8 },
      { name: 'Nowhere', section: 9, offset: 8 },
    ],
  });
  expect(places(pdb)).toEqual([['abcde', 0x1008]]);
});

describe('an image whose code was moved about', () => {
  const moved: WrittenPdb = {
    machine: 0x14c,
    sections: [['.text', 0x1000, 0x5000]],
    originalSections: [
      ['.text', 0x1000, 0x2000],
      ['PAGE', 0x3000, 0x1000],
    ],
    omapFromSource: [
      [0x1000, 0x2000],
      [0x1100, 0],
      [0x1200, 0x4000],
      [0x3000, 0x1000],
    ],
  };
  it('has its names where the code went', async () => {
    const at = (name: string, section: number, offset: number) => ({ name, section, offset });
    const symbols = [at('_a', 1, 0x10), at('_gone', 1, 0x110), at('_b', 1, 0x200), at('_c', 2, 0x18)];
    expect(places(await read({ ...moved, symbols }))).toEqual([
      ['a', 0x2010],
      ['b', 0x4000],
      ['c', 0x1018],
    ]);
  });

  it('has its frame data there too, in pieces where a function was torn', async () => {
    const fpo = Buffer.concat([words(0x10f0, 0x120, 2), Buffer.from([3, 0, 5, 0b00_0_1_1_010])]);
    const pdb = await read({ ...moved, fpo });
    expect(pdb.frames).toMatchObject([
      {
        kind: 'fpo',
        rva: 0x20f0,
        size: 0x10,
        locals: 8,
        params: 12,
        prolog: 5,
        savedRegisters: 8,
        hasSeh: true,
        usesBp: true,
      },
      { rva: 0x4000, size: 0x10, prolog: 0, isFunctionStart: false },
    ]);
  });
});

it('reads frame data with its program', async () => {
  const frameData = words(0x1000, 0x40, 16, 8, 4, 5, 0x0004_0006, 5);
  const pdb = await read({ machine: 0x14c, frameData, names: '\0abc\0$T0 $ebp = \0' });
  expect(pdb.frames).toEqual([
    {
      kind: 'framedata',
      rva: 0x1000,
      size: 0x40,
      locals: 16,
      params: 8,
      maxStack: 4,
      prolog: 6,
      savedRegisters: 4,
      hasSeh: true,
      usesBp: false,
      frame: 'fpo',
      isFunctionStart: true,
      program: '$T0 $ebp =',
    },
  ]);
});

it('calls an address by its procedure where several public symbols share it', async () => {
  const pdb = await read({
    symbols: [
      { name: 'AfterTrap', section: 1, offset: 0x20 },
      { name: 'KiServiceExit', section: 1, offset: 0x20 },
      { name: 'Other', section: 1, offset: 0x40 },
    ],
    procedures: [{ name: 'KiServiceExit', section: 1, offset: 0x20 }],
  });
  const labels = pdb.symbols.filter(({ isLabel }) => isLabel).map(({ name }) => name);
  expect([pdb.symbols.length, labels]).toEqual([3, ['AfterTrap']]);
});
