import { describe, expect, test } from 'vitest';
import { Breakpoint, booted, KERNELS, next, stopped } from './booted.js';
import { EXPECTED, expectedPaths } from './expected-paths.js';
import { imageAt, stackOf } from './stack.js';

// In the newest kernel no function serves special pool alone: pool-hit-tag.test.ts has its paths.
const withRoutine = KERNELS.filter(([name]) => name !== 'x64-11');

describe.each(withRoutine)('%s', (_name, options) => {
  const machine = booted(options);
  const { routine } = machine.pool;
  if (routine === undefined) throw new Error('no special pool routine');
  const breakpoint = new Breakpoint(machine, routine);

  test.each(Object.entries(expectedPaths(options.architecture, options.kernel)))(
    '%s allocates along its path',
    (thread, chains) => {
      const entered = machine.tagAllocations;
      expect(machine.wake(thread)).toBe(true);
      const found: string[] = [];
      for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
        const processor = stopped(machine, trap, 'breakpoint');
        const frames = stackOf(machine, processor.number);
        for (const { pc, exact } of frames.slice(1)) if (!exact) expectCallBefore(pc);
        found.push(frames.map(({ name }) => name).join(' '));
        breakpoint.stepOver(processor);
      }
      expect(found).toEqual(chains.map((chain) => chain.join(' ')));
      expect(machine.tagAllocations - entered).toBe(chains.length);
      expect(machine.completed.get(thread)).toBe(1);
      expect(machine.damages).toEqual([]);
    },
  );

  /** A return address follows a call: e8 with 4 bytes, or ff /2 with 2 to 7 bytes in all. */
  function expectCallBefore(pc: bigint): void {
    expect(imageAt(machine, pc)).toBeDefined();
    const bytes = machine.memory.read(pc - 7n, 7);
    const indirect = [2, 3, 4, 6, 7].some(
      (length) => bytes[7 - length] === 0xff && ((bytes[8 - length] ?? 0) & 0x38) === 0x10,
    );
    expect(bytes[2] === 0xe8 || indirect).toBe(true);
  }
});

test('the paths are of many depths', () => {
  const depths = Object.values(EXPECTED.x64).flatMap((chains) => chains.map(({ length }) => length));
  expect(Math.min(...depths)).toBeLessThan(10);
  expect(Math.max(...depths)).toBeGreaterThan(25);
});
