import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVIDENCE, judgeLayout } from '../../../../src/kd/shell/pool/judge-layout.js';
import { hashMask, tagHash } from '../../../../src/kd/shell/pool/tag-hash.js';
import { ENTRY_BYTES, type Entry, type Layout, manyEntries, type Pool, slotOf, spread, tableOf } from './tables.js';

const KNOWN: Readonly<Partial<Record<Layout, { readonly bits: 32 | 64; readonly name: string }>>> = {
  x86: { bits: 32, name: 'x86' },
  'old x64': { bits: 64, name: 'x64, to Windows 8.1' },
  'new x64': { bits: 64, name: 'x64, Windows 10' },
  'newest x64': { bits: 64, name: 'x64, with limits' },
  'newest x64, limited': { bits: 64, name: 'x64, with limits' },
};
const ALL = Object.keys(ENTRY_BYTES) as Layout[];

const bits = (layout: Layout): 32 | 64 => (layout.startsWith('x86') ? 32 : 64);

/** The name of the layout that a table is taken for. */
function taken(
  tables: readonly Buffer[],
  layout: Layout,
  evidence: number = EVIDENCE.table,
  offset = 0,
): string | undefined {
  return judgeLayout({ offset, tables }, bits(layout), evidence)?.name;
}

const character = fc.constantFrom(...'ABCabc019_ ');
const tag = fc
  .tuple(fc.constantFrom(...'ABCDXYZabcxyz'), character, character, character)
  .map((characters) => characters.join(''));
/** What a pool may have of a tag: nothing, everything freed, or something. */
const pool: fc.Arbitrary<Pool> = fc.oneof(
  fc.constant({ allocs: 0, frees: 0, bytes: 0 }),
  fc.nat(0x7fffffff).map((frees) => ({ allocs: frees, frees, bytes: 0 })),
  fc
    .tuple(fc.nat(100_000), fc.nat(20_000), fc.integer({ min: 1, max: 64 }))
    .map(([frees, more, size]) => ({ allocs: frees + more + 1, frees, bytes: (more + 1) * size * 16 })),
);
const entries: fc.Arbitrary<Entry[]> = fc.uniqueArray(fc.record({ tag, nonpaged: pool, paged: pool }), {
  minLength: 0,
  maxLength: 60,
  selector: (entry) => entry.tag,
});

describe('the layout of a table of pool tags', () => {
  it.each(ALL)('is told where it is known, and never taken for another: %s', (layout) => {
    const table = tableOf(manyEntries(500), layout, 1024);
    expect(taken([table], layout)).toBe(KNOWN[layout]?.name);
    const parts = spread(manyEntries(500), 4).map((each) => tableOf(each, layout, 1024));
    expect(taken(parts, layout)).toBe(KNOWN[layout]?.name);
    // One of several is no table of its own: it frees what others have allocated.
    expect(taken(parts.slice(1), layout)).toBeUndefined();
  });

  it.each(ALL)('is never taken for another, whatever is in it: %s', (layout) => {
    fc.assert(
      fc.property(entries, fc.constantFrom(64, 128, 1024), fc.constantFrom(1, 3), (each, slots, processors) => {
        const tables = spread(each, processors).map((part) => tableOf(part, layout, slots));
        expect([undefined, KNOWN[layout]?.name]).toContain(taken(tables, layout));
        expect([undefined, KNOWN[layout]?.name]).toContain(taken(tables, layout, EVIDENCE.place));
      }),
      { numRuns: 100 },
    );
  });

  it.each(ALL)('is never taken for another in any piece of it: %s', (layout) => {
    const table = tableOf(manyEntries(2000), layout, 4096);
    let known = 0;
    for (const stride of [28, 40, 56, 80])
      for (let slot = 0; slot < 1500; slot += 16) {
        const [from, to] = [slot * stride, (slot + 16) * stride];
        const name = taken([table.subarray(from, to)], layout, EVIDENCE.place, from);
        expect([undefined, KNOWN[layout]?.name]).toContain(name);
        if (name !== undefined && stride === ENTRY_BYTES[layout]) known++;
      }
    // Most windows of sixteen entries say enough, where there is something to be said.
    if (KNOWN[layout]) expect(known).toBeGreaterThan(50);
  });

  it('is not read out of entries of another size', () => {
    const sources = [
      [28, 'x86'],
      [40, 'old x64'],
      [56, 'new x64'],
      [80, 'newest x64'],
      [80, 'newest x64, limited'],
    ] as const;
    // Nothing but the size tells these two apart.
    const alike = [56, 80];
    for (const [bytes, layout] of sources) {
      const source = tableOf(manyEntries(700), layout, 1024);
      for (let stride = 24; stride <= 176; stride += 4) {
        if (stride === bytes || (alike.includes(bytes) && alike.includes(stride))) continue;
        const table = Buffer.alloc(1025 * stride);
        for (let slot = 0; slot < 1025; slot++)
          source.copy(table, slot * stride, slot * bytes, slot * bytes + Math.min(bytes, stride));
        for (const width of [32, 64] as const)
          expect(judgeLayout({ offset: 0, tables: [table] }, width, EVIDENCE.place)?.name).toBeUndefined();
      }
    }
  });

  it('is not read out of random bytes, nor out of text, nor out of nothing', () => {
    const judged = (bytes: Uint8Array): unknown[] =>
      ([32, 64] as const).map((width) =>
        judgeLayout({ offset: 0, tables: [Buffer.from(bytes)] }, width, EVIDENCE.place),
      );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 0, maxLength: 4000 }), (bytes) => {
        expect(judged(bytes)).toEqual([undefined, undefined]);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant(0), fc.nat(64)), { maxLength: 4000 }), (bytes) => {
        expect(judged(Buffer.from(bytes))).toEqual([undefined, undefined]);
      }),
    );
    expect(judged(Buffer.from('All work and no play '.repeat(200)))).toEqual([undefined, undefined]);
    expect(judged(Buffer.alloc(4000))).toEqual([undefined, undefined]);
    expect(judged(Buffer.alloc(4000, 0xff))).toEqual([undefined, undefined]);
  });

  it.each(['x86', 'old x64', 'new x64', 'newest x64, limited'] as const)(
    'bears one entry that does not add up, and no more: %s',
    (layout) => {
      const table = tableOf(manyEntries(60), layout, 128);
      const stride = ENTRY_BYTES[layout];
      const spoil = (count: number): Buffer => {
        const spoilt = Buffer.from(table);
        for (let slot = 0, left = count; left > 0; slot++)
          if (spoilt.readUInt32LE(slot * stride) !== 0) {
            spoilt.writeUInt32LE(0x01020304, slot * stride);
            left--;
          }
        return spoilt;
      };
      expect(taken([spoil(1)], layout)).toBe(KNOWN[layout]?.name);
      expect(taken([spoil(2)], layout)).toBeUndefined();
    },
  );

  it.each(['old x64', 'new x64', 'newest x64'] as const)('has zeros where nothing is ever written: %s', (layout) => {
    const table = tableOf(manyEntries(60), layout, 128);
    for (let at = 0; at < table.length; at += ENTRY_BYTES[layout])
      if (table.readUInt32LE(at) !== 0) table.writeUInt32LE(1, at + (layout === 'old x64' ? 0xc : 0x4));
    expect(taken([table], layout)).toBeUndefined();
  });

  it('needs both pools, and enough that can be read in no other order', () => {
    const some = (count: number, paged: boolean): Entry[] =>
      manyEntries(count).map(({ tag: name }) => ({
        tag: name,
        nonpaged: { allocs: 3, frees: 1, bytes: 128 },
        paged: paged ? { allocs: 5, frees: 1, bytes: 1024 } : { allocs: 0, frees: 0, bytes: 0 },
      }));
    for (const layout of ['x86', 'old x64', 'new x64', 'newest x64'] as const) {
      expect(taken([tableOf(some(40, false), layout, 64)], layout)).toBeUndefined();
      expect(taken([tableOf(some(40, true), layout, 64)], layout)).toBe(KNOWN[layout]?.name);
      expect(taken([tableOf(some(7, true), layout, 64)], layout)).toBeUndefined();
      const freed = some(40, true).map((each) => ({ ...each, paged: { allocs: 900, frees: 890, bytes: 320 } }));
      expect(taken([tableOf(freed, layout, 64)], layout)).toBeUndefined();
    }
  });
});

describe('where a tag is', () => {
  it('is what the kernel would compute', () => {
    fc.assert(
      fc.property(tag, fc.constantFrom(127, 1023, 4095, 32767), (name, mask) => {
        const key = Buffer.from(name.padEnd(4), 'latin1').readUInt32LE(0);
        expect(tagHash(key, mask)).toBe(slotOf(name, mask));
      }),
    );
  });

  it('is known in tables of a power of two, with an entry more or without', () => {
    expect([129, 128, 4097, 4096].map(hashMask)).toEqual([127, 127, 4095, 4095]);
    expect([0, 1, 100, 131, 4098].map(hashMask)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});
