import { describe, expect, test } from 'vitest';
import { StackSizes } from '../../../src/kd/unwind/stack-sizes.js';
import { Breakpoint, booted, next, stopped, symbol } from '../../simulator/machine/booted.js';
import { EXPECTED } from '../../simulator/machine/expected-paths.js';
import { nameOf } from '../../simulator/machine/stack.js';
import { Shadow } from './shadow.js';
import { fromFile, fromMemory, LIMIT, modulesOf, namesOf, Traffic, walk64 } from './walked.js';

const machine = booted({ architecture: 'x64' });
const files = modulesOf(machine, fromFile);
const memory = modulesOf(machine, fromMemory(machine, new Traffic(machine)));

describe.each([
  ['files', files],
  ['memory', memory],
])('by unwind data from %s', (_, moduleAt) => {
  test.each(Object.entries(EXPECTED.x64))('the stacks of %s', async (thread, chains) => {
    const breakpoint = new Breakpoint(machine, symbol(machine, 'nt!MmAllocateSpecialPool'));
    expect(machine.wake(thread)).toBe(true);
    const found: string[][] = [];
    for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
      const processor = stopped(machine, trap, 'breakpoint');
      const frames = await walk64(machine, processor, moduleAt);
      found.push(namesOf(machine, frames));
      expect(frames.at(-1)?.returnAddress).toBe(0n);
      const kernel = await walk64(machine, processor, moduleAt, { user: false });
      const last = frames.findIndex(({ pc }) => pc < 0x8000_0000_0000n);
      expect(kernel.map(({ pc }) => pc)).toEqual(frames.slice(0, last < 0 ? LIMIT : last + 1).map(({ pc }) => pc));
      breakpoint.stepOver(processor);
    }
    breakpoint.remove();
    expect(found).toEqual(chains);
  });
});

/** Functions to go through from their first instruction to their return, and who wakes them. */
const WHOLE = [
  ['worker', 'nt!IopProcessWorkItem'],
  ['batch', 'leakydrv!LeakyFillBatch'],
  ['buffers', 'filterdrv!FilterReadBlock'],
  ['ioctl', 'nt!NtDeviceIoControlFile'],
  ['deep', 'nt!NtDeviceIoControlFile'],
  ['open', 'nt!NtOpenFile'],
  ['reopen', 'nt!NtOpenFile'],
  ['gui', 'win32k!NtGdiExtTextOutW'],
  ['blit', 'videodrv!VideoBlit'],
  ['other', 'nt!ExAllocatePoolWithTag'],
] as const;

test.each(WHOLE)('every instruction of %s in %s', async (thread, name) => {
  const breakpoint = new Breakpoint(machine, symbol(machine, name));
  expect(machine.wake(thread)).toBe(true);
  const processor = stopped(machine, next(machine), 'breakpoint');
  breakpoint.remove();
  const sizes = new StackSizes(2048);
  const outer = (await walk64(machine, processor, files)).map(({ pc }) => pc).slice(2);
  const shadow = new Shadow(machine, processor);
  const wrong: string[] = [];
  const steps = await shadow.follow(async () => {
    const pcs = (await walk64(machine, processor, files, { sizes })).map(({ pc }) => pc);
    const expected = [shadow.pc, ...shadow.returns.toReversed(), ...outer];
    if (pcs.join() !== expected.join())
      wrong.push(
        `${nameOf(machine, shadow.pc)} ${shadow.pc.toString(16)}: ${pcs.map((pc) => nameOf(machine, pc)).join(' ')}`,
      );
  });
  expect(wrong).toEqual([]);
  expect(steps).toBeGreaterThan(50);
  expect(machine.run(1_000_000).kind).toBe('idle');
});
