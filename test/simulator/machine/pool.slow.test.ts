import { describe, expect, test } from 'vitest';
import { booted, KERNELS, rest, symbol } from './booted.js';
import { ENTRY_BYTES, tracked } from './pool-tables.js';

describe.each(KERNELS)('what PoolTrackTable says (%s)', (name, options) => {
  test('is what was allocated and freed, by whichever processor', () => {
    const machine = booted({ ...options, processors: 3 });
    expect(tracked(machine).get('Ddk ')).toBeUndefined();
    for (let round = 0; round < 9; round++)
      for (const thread of ['worker', 'batch', 'ioctl', 'gui', 'other']) {
        machine.wake(thread);
        rest(machine);
      }
    const { nonpaged, paged } = tracked(machine).get('Ddk ') ?? {};
    expect(nonpaged).toEqual({ allocs: 0, frees: 0, bytes: 0 });
    expect(paged?.allocs).toBe(machine.tagAllocations);
    // Every place keeps its last four: worker, batch and replies, and two that draw.
    expect(paged?.frees).toBe(machine.tagAllocations - 5 * 4);
    expect(paged?.bytes).toBeGreaterThan(5 * 4 * 32);
    // A debugger's count of breaks is compared with these.
    const tag = Buffer.from('Ddk ').readUInt32LE();
    expect(machine.pool.usesOf(tag)).toBe(machine.tagAllocations * 2 - 5 * 4);
    expect(machine.pool.usesOf(0x20202021)).toBe(0);
    // The other tag is never special: blocks of powers of two, the last four of 27.
    expect(tracked(machine).get('TStr')).toEqual({
      nonpaged: { allocs: 0, frees: 0, bytes: 0 },
      paged: { allocs: 27, frees: 23, bytes: 64 + 256 + 256 + 256 },
    });
  });

  test('holds for every tag, and a full table has a place for those that come too late', () => {
    const machine = booted({ ...options, processors: 2 });
    const all = tracked(machine);
    expect(all.size).toBeGreaterThan(50);
    expect(all.get('Thre')?.nonpaged.allocs).toBeGreaterThan(10);
    for (const { nonpaged, paged } of all.values())
      for (const { allocs, frees, bytes } of [nonpaged, paged]) {
        expect(allocs).toBeGreaterThanOrEqual(frees);
        expect(bytes === 0).toBe(allocs === frees);
        expect(bytes).toBeGreaterThanOrEqual((allocs - frees) * 32);
      }
    // Whoever fills every free place leaves none for the driver's tag.
    const wide = options.architecture === 'x64';
    const bytes = machine.memory.read(symbol(machine, 'nt!PoolTrackTable'), wide ? 8 : 4);
    const table = wide ? bytes.readBigUInt64LE() : BigInt(bytes.readUInt32LE());
    for (let slot = 0; slot < 128; slot++) {
      const at = table + BigInt(slot * ENTRY_BYTES[name]);
      if (machine.memory.read(at, 4).readUInt32LE() === 0) machine.memory.write(at, Buffer.from('Full', 'latin1'));
    }
    machine.wake('batch');
    rest(machine);
    expect(tracked(machine).get('Ddk ')).toBeUndefined();
    expect(tracked(machine).get('Ovfl')?.paged.allocs).toBe(5);
  });
});
