import { describe, expect, test } from 'vitest';
import { ARCHITECTURES, booted, next, pcName, rest, stopped, symbol } from './booted.js';
import { names } from './stack.js';

const TAG = Buffer.from('Ddk ');

describe.each(ARCHITECTURES)('PoolHitTag on %s', (architecture) => {
  test('has every allocation and every free of its tag break', () => {
    const machine = booted({ architecture });
    machine.memory.write(symbol(machine, 'nt!PoolHitTag'), TAG);
    const seen: string[] = [];
    for (let count = 0; count < 2; count++) {
      machine.wake('batch');
      for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
        const processor = stopped(machine, trap, 'breakpoint');
        const stack = names(machine, processor.number);
        seen.push(stack.find((name) => /^nt!Ex(Allocate|Free)PoolWithTag$/.test(name)) ?? stack.join(' '));
        expect(stack).toContain('leakydrv!LeakyFillBatch');
        processor.set(pcName(machine), processor.get(pcName(machine)) + 1n);
      }
    }
    // Five allocations a time; a keeper of four frees the oldest for every later one.
    const frees = seen.filter((name) => name === 'nt!ExFreePoolWithTag');
    expect(seen.filter((name) => name === 'nt!ExAllocatePoolWithTag')).toHaveLength(10);
    expect(frees).toHaveLength(6);
    expect(seen).toHaveLength(16);
    expect(machine.damages).toEqual([]);
  });

  test('breaks as its Windows does: x86 calls DbgBreakPoint, x64 has the instruction in place', () => {
    const machine = booted({ architecture });
    machine.memory.write(symbol(machine, 'nt!PoolHitTag'), TAG);
    machine.wake('worker');
    const [first] = names(machine, stopped(machine, next(machine), 'breakpoint').number);
    expect(first).toBe(architecture === 'x86' ? 'nt!DbgBreakPoint' : 'nt!ExpInsertPoolTracker');
  });

  test('leaves other tags and a value of 0 alone', () => {
    const machine = booted({ architecture });
    machine.wake('batch');
    rest(machine);
    machine.memory.write(symbol(machine, 'nt!PoolHitTag'), Buffer.from('Xyz '));
    machine.wake('batch');
    rest(machine);
  });
});
