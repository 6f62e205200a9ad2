import { describe, expect, test } from 'vitest';
import { StackSizes } from '../../../src/kd/unwind/stack-sizes.js';
import type { MachineArchitecture } from '../../../src/simulator/machine/machine.js';
import { Breakpoint, booted, next, stopped, symbol } from '../../simulator/machine/booted.js';
import { EXPECTED } from '../../simulator/machine/expected-paths.js';
import { codeOf, fromFile, fromMemory, modulesOf, Traffic, walk32, walk64 } from './walked.js';

/** Bytes of a request and its answer beyond the data, with their acknowledgements. */
const REQUEST = 178;

/** What each stack of the last of some rounds through the threads cost, and the bytes from its first frame to its last in the kernel. */
async function rounds(architecture: MachineArchitecture, count: number, threads = Object.keys(EXPECTED[architecture])) {
  const machine = booted({ architecture });
  const breakpoint = new Breakpoint(machine, symbol(machine, 'nt!MmAllocateSpecialPool'));
  const sizes = new StackSizes(architecture === 'x64' ? 2048 : 1024);
  const [modules, code] = [modulesOf(machine, fromFile), codeOf(machine, true)];
  let walks: { reads: number; wire: number; depth: number }[] = [];
  for (let round = 0; round < count; round++) {
    walks = [];
    for (const thread of threads) {
      expect(machine.wake(thread)).toBe(true);
      for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
        const processor = stopped(machine, trap, 'breakpoint');
        const traffic = new Traffic(machine);
        const walking = { sizes, traffic, user: false };
        const frames =
          architecture === 'x64'
            ? await walk64(machine, processor, modules, walking)
            : await walk32(machine, processor, code, walking);
        const kernel = frames.filter(({ pc, returnAddress }) => pc >= 0x8000_0000n && returnAddress !== 0n);
        const depth = Number((kernel.at(-1)?.frameAddress ?? 0n) - (kernel[0]?.frameAddress ?? 0n));
        walks.push({ reads: traffic.reads, wire: traffic.reads * REQUEST + traffic.bytes, depth });
        breakpoint.stepOver(processor);
      }
    }
  }
  return walks;
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

describe.each(['x86', 'x64'] as const)('stacks of %s', (architecture) => {
  test('two reads are enough for a path that comes again, and move little more than the stack', async () => {
    for (const thread of Object.keys(EXPECTED[architecture]).filter((name) => name !== 'other')) {
      const [walk] = await rounds(architecture, 3, [thread]);
      // The second one is for what lies behind a large array, or at the end of x64's trap frame.
      expect(walk?.reads).toBeLessThanOrEqual(2);
      // The arguments above a return address are read as well, and on x86 the trap frame.
      expect((walk?.wire ?? 0) - (walk?.depth ?? 0)).toBeLessThanOrEqual(2 * REQUEST + 0x60);
    }
  });

  test('paths of many depths in turn cost two reads at most, on average', async () => {
    const walks = await rounds(architecture, 6);
    expect(mean(walks.map(({ reads }) => reads))).toBeLessThan(2);
    expect(mean(walks.map(({ wire, depth }) => wire - depth))).toBeLessThan(3 * REQUEST);
  });
});

test('unwind data out of memory: all functions of all stacks, once', async () => {
  const machine = booted({ architecture: 'x64' });
  const breakpoint = new Breakpoint(machine, symbol(machine, 'nt!MmAllocateSpecialPool'));
  const traffic = new Traffic(machine);
  const modules = modulesOf(machine, fromMemory(machine, traffic));
  const functions = new Set<string>();
  const once = async () => {
    for (const [thread, chains] of Object.entries(EXPECTED.x64)) {
      machine.wake(thread);
      for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
        const processor = stopped(machine, trap, 'breakpoint');
        await walk64(machine, processor, modules);
        breakpoint.stepOver(processor);
      }
      for (const name of chains.flat()) functions.add(name);
    }
    return { reads: traffic.reads, wire: traffic.reads * REQUEST + traffic.bytes };
  };
  const { reads, wire } = await once();
  expect(wire / functions.size).toBeLessThan(700);
  expect(await once()).toEqual({ reads, wire });
});
