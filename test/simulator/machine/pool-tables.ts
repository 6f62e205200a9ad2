import { expect } from 'vitest';
import type { Machine } from '../../../src/simulator/machine/machine.js';
import { symbol } from './booted.js';

/** What one pool has of a tag. */
export interface Used {
  allocs: number;
  frees: number;
  bytes: number;
}

export interface Tracked {
  nonpaged: Used;
  paged: Used;
}

/** Bytes of an entry, by the folder of the kernel. */
export const ENTRY_BYTES = { x64: 40, x86: 28, 'x64-2003': 40, 'x64-10': 56, 'x64-11': 80 } as const;

/** The sums over the tables of all processors, as the structures of each kernel's Windows have them. */
export function tracked(machine: Machine): Map<string, Tracked> {
  const wide = machine.architecture === 'x64';
  const width = wide ? 8 : 4;
  const { name } = machine.kernel;
  const folder = !wide ? 'x86' : name === '7' ? 'x64' : (`x64-${name}` as const);
  const entryBytes = ENTRY_BYTES[folder];
  const modern = entryBytes > 40;
  const number = (bytes: Buffer, at = 0): number => (wide ? Number(bytes.readBigInt64LE(at)) : bytes.readInt32LE(at));
  const pointer = (at: bigint): bigint => {
    const bytes = machine.memory.read(at, width);
    return wide ? bytes.readBigUInt64LE() : BigInt(bytes.readUInt32LE());
  };
  const size = number(machine.memory.read(symbol(machine, 'nt!PoolTrackTableSize'), width));
  const tables = symbol(machine, 'nt!ExPoolTagTables');
  expect(pointer(symbol(machine, 'nt!PoolTrackTable'))).toBe(pointer(tables));
  const sums = new Map<string, Tracked>();
  for (let processor = 0; processor < machine.processors.length; processor++) {
    const table = machine.memory.read(pointer(tables + BigInt(processor * width)), size * entryBytes);
    expect(table).toHaveLength(size * entryBytes);
    for (let at = 0; at < table.length; at += entryBytes) {
      const entry = table.subarray(at, at + entryBytes);
      const key = entry.toString('latin1', 0, 4);
      if (key === '\0\0\0\0') {
        expect(entry.every((byte) => byte === 0)).toBe(true);
        continue;
      }
      const sum = sums.get(key) ?? {
        nonpaged: { allocs: 0, frees: 0, bytes: 0 },
        paged: { allocs: 0, frees: 0, bytes: 0 },
      };
      for (const [pool, from] of [
        [sum.nonpaged, 4],
        [sum.paged, wide ? 0x18 : 0x10],
      ] as const) {
        if (modern) {
          const at8 = from === 4 ? 8 : 0x20;
          pool.bytes += number(entry, at8);
          pool.allocs += number(entry, at8 + 8);
          pool.frees += number(entry, at8 + 16);
          continue;
        }
        pool.allocs += entry.readInt32LE(from);
        pool.frees += entry.readInt32LE(from + 4);
        pool.bytes += number(entry, wide ? from + (from === 4 ? 12 : 8) : from + 8);
      }
      sums.set(key, sum);
    }
  }
  return sums;
}
