import { expect, test } from 'vitest';
import { Bus } from '../../../src/simulator/machine/cpu/bus.js';
import { KernelMemory } from '../../../src/simulator/machine/memory.js';

const TOP = 0xfffff88000001000n;

function memory(wide: boolean, at: number): KernelMemory {
  const bus = new Bus();
  bus.map(at, 0x2000);
  bus.map(at + 0x3000, 0x1000, false);
  return new KernelMemory(bus, wide);
}

test('a read gives what is there before the first page that is not', () => {
  const kernel = memory(true, Number(BigInt.asIntN(64, TOP)));
  kernel.write(TOP + 0x1ffcn, Buffer.from([1, 2, 3, 4, 5, 6]));
  expect(kernel.read(TOP + 0x1ffcn, 100)).toEqual(Buffer.from([1, 2, 3, 4]));
  expect(kernel.read(TOP + 0x2000n, 1)).toHaveLength(0);
  expect(kernel.read(TOP, 0x5000)).toHaveLength(0x2000);
  expect(kernel.read(0x8000_0000_0000_0000n, 8)).toHaveLength(0);
});

test('a write says how far it came, and no protection holds it', () => {
  const kernel = memory(true, Number(BigInt.asIntN(64, TOP)));
  expect(kernel.write(TOP + 0x1ffen, Buffer.alloc(10, 7))).toBe(2);
  expect(kernel.write(TOP + 0x2ff0n, Buffer.alloc(4))).toBe(0);
  expect(kernel.write(TOP + 0x3000n, Buffer.of(9))).toBe(1);
  expect(kernel.read(TOP + 0x3000n, 1)[0]).toBe(9);
});

test('x86 takes addresses as KD extends them', () => {
  const kernel = memory(false, 0x80001000);
  kernel.write(0xffffffff80001000n, Buffer.of(42));
  expect(kernel.read(0x80001000n, 1)[0]).toBe(42);
});

test('physical pages are scattered, and each address has its own', () => {
  const kernel = memory(true, Number(BigInt.asIntN(64, TOP)));
  const [first, second] = [kernel.translate(TOP + 0x10n) as bigint, kernel.translate(TOP + 0x1010n) as bigint];
  expect(first & 0xfffn).toBe(0x10n);
  expect(second - first).not.toBe(0x1000n);
  kernel.writePhysical(second, Buffer.of(5));
  expect(kernel.read(TOP + 0x1010n, 1)[0]).toBe(5);
  expect(kernel.readPhysical(0xfffffff000n, 4)).toHaveLength(0);
});
