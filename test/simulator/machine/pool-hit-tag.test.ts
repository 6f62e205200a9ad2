import { describe, expect, test } from 'vitest';
import type { Machine } from '../../../src/simulator/machine/machine.js';
import { booted, KERNELS, next, pcName, rest, stopped, symbol } from './booted.js';
import { expectedPaths } from './expected-paths.js';
import { names } from './stack.js';

const TAG = Buffer.from('Ddk ');
/** Where the first allocation breaks. */
const FIRST = {
  x64: ['nt!ExpInsertPoolTracker'],
  x86: ['nt!DbgBreakPoint'],
  'x64-2003': ['nt!DbgBreakPoint', 'nt!ExpInsertPoolTracker'],
  'x64-10': ['nt!ExInsertPoolTag', 'nt!ExAllocateHeapSpecialPool', 'nt!ExAllocateHeapPool'],
  'x64-11': ['nt!ExAllocateHeapPool', 'nt!ExAllocatePoolWithTag'],
} as const;

/** The stacks of the breaks until every thread waits again. */
function breaks(machine: Machine): string[][] {
  const found: string[][] = [];
  for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
    const processor = stopped(machine, trap, 'breakpoint');
    expect(machine.pool.isHitBreak(processor.number)).toBe(true);
    found.push(names(machine, processor.number));
    processor.set(pcName(machine), processor.get(pcName(machine)) + 1n);
  }
  return found;
}

describe.each(KERNELS)('PoolHitTag on %s', (folder, options) => {
  test('has every allocation and every free of its tag break, once', () => {
    const machine = booted(options);
    machine.memory.write(symbol(machine, 'nt!PoolHitTag'), TAG);
    const seen: string[] = [];
    for (let count = 0; count < 2; count++) {
      machine.wake('batch');
      for (const stack of breaks(machine)) {
        seen.push(stack.find((name) => /^nt!Ex(Allocate|Free)PoolWithTag$/.test(name)) ?? stack.join(' '));
        expect(stack).toContain('leakydrv!LeakyFillBatch');
      }
    }
    // Five allocations a time; a statistics of four frees the oldest for every later one.
    const frees = seen.filter((name) => name === 'nt!ExFreePoolWithTag');
    expect(seen.filter((name) => name === 'nt!ExAllocatePoolWithTag')).toHaveLength(10);
    expect(frees).toHaveLength(6);
    expect(seen).toHaveLength(16);
    expect(machine.pool.usesOf(machine.pool.hitTag)).toBe(16);
    expect(machine.damages).toEqual([]);
  });

  test('breaks as its Windows does: by a call of DbgBreakPoint, or by the instruction in place', () => {
    const machine = booted(options);
    machine.memory.write(symbol(machine, 'nt!PoolHitTag'), TAG);
    machine.wake('worker');
    const [first = []] = breaks(machine);
    expect(first.slice(0, FIRST[folder].length)).toEqual(FIRST[folder]);
  });

  test('leaves other tags and a value of 0 alone', () => {
    const machine = booted(options);
    machine.wake('batch');
    rest(machine);
    machine.memory.write(symbol(machine, 'nt!PoolHitTag'), Buffer.from('Xyz '));
    machine.wake('batch');
    rest(machine);
  });
});

describe('the kernel without a special pool routine', () => {
  const machine = booted({ kernel: '11' });
  machine.memory.write(symbol(machine, 'nt!PoolHitTag'), TAG);

  test.each(Object.entries(expectedPaths('x64', '11')))('%s allocates along its path', (thread, chains) => {
    const entered = machine.tagAllocations;
    expect(machine.wake(thread)).toBe(true);
    const allocations = breaks(machine).filter((stack) => !stack.includes('nt!ExFreePoolWithTag'));
    expect(allocations.map((stack) => stack.join(' '))).toEqual(chains.map((chain) => chain.join(' ')));
    expect(machine.tagAllocations - entered).toBe(chains.length);
    expect(machine.completed.get(thread)).toBe(1);
    expect(machine.damages).toEqual([]);
  });

  test('has none to name', () => {
    expect(machine.pool.routine).toBeUndefined();
    for (const name of ['MmAllocateSpecialPool', 'ExAllocateHeapSpecialPool', 'ExpFreeHeapSpecialPool'])
      expect(machine.address(`nt!${name}`), name).toBeUndefined();
  });
});
