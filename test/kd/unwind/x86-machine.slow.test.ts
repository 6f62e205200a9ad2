import { describe, expect, test } from 'vitest';
import type { Frame } from '../../../src/kd/unwind/frame.js';
import { StackSizes } from '../../../src/kd/unwind/stack-sizes.js';
import type { Processor } from '../../../src/simulator/machine/machine.js';
import { Breakpoint, booted, next, stopped, symbol } from '../../simulator/machine/booted.js';
import { EXPECTED } from '../../simulator/machine/expected-paths.js';
import { nameOf } from '../../simulator/machine/stack.js';
import { Shadow } from './shadow.js';
import { codeOf, namesOf, walk32 } from './walked.js';

const machine = booted({ architecture: 'x86' });
const withRecords = codeOf(machine, true);
const symbolsOnly = codeOf(machine, false);
const FIRST_KERNEL = 0x8000_0000n;

/** With frame data nothing is lost: the paths are those of x64, but for the names of the kernel's entries. */
const COMPLETE = Object.entries(EXPECTED.x64).map(([thread, chains]) => {
  const renamed = chains.map((chain) =>
    chain.flatMap((name, index) => {
      const linkage = chain[index + 1] === 'nt!KiServiceLinkage';
      if (name === 'nt!KiSystemServiceCopyEnd')
        return linkage ? ['nt!KiSystemService'] : ['nt!KiFastCallEntry', 'ntdll!KiFastSystemCallRet'];
      return [name === 'nt!KiServiceLinkage' ? 'nt!ZwOpenFile' : name];
    }),
  );
  return [thread, renamed] as const;
});

/** Without it the chain of EBPs decides; but a return is seen where a stub's system call comes back to one. */
const BY_EBP = Object.entries(EXPECTED.x86).map(([thread, chains]) => {
  const kernel = chains.map((chain) => {
    const user = chain.findIndex((name) => name.startsWith('ntdll!'));
    const known = user < 0 ? chain : chain.slice(0, user + 1);
    return known.flatMap((name) => (name === 'nt!ZwOpenFile' ? [name, 'filterdrv!FilterOpenBelow'] : [name]));
  });
  return [thread, kernel] as const;
});

async function stacksOf(thread: string, walk: (processor: Processor) => Promise<Frame[]>): Promise<Frame[][]> {
  const breakpoint = new Breakpoint(machine, symbol(machine, 'nt!MmAllocateSpecialPool'));
  expect(machine.wake(thread)).toBe(true);
  const found: Frame[][] = [];
  for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
    const processor = stopped(machine, trap, 'breakpoint');
    breakpoint.remove();
    found.push(await walk(processor));
    breakpoint.insert();
    breakpoint.stepOver(processor);
  }
  breakpoint.remove();
  return found;
}

test.each(COMPLETE)('the stacks of %s by frame data, into user mode', async (thread, chains) => {
  const found = await stacksOf(thread, (processor) => walk32(machine, processor, withRecords));
  expect(found.map((frames) => namesOf(machine, frames))).toEqual(chains);
  for (const frames of found) expect(frames.at(-1)?.returnAddress).toBe(0n);
});

test.each(BY_EBP)('the stacks of %s by EBP, to user mode', async (thread, chains) => {
  const found = await stacksOf(thread, (processor) => walk32(machine, processor, symbolsOnly, { user: false }));
  expect(found.map((frames) => namesOf(machine, frames))).toEqual(chains);
  for (const frames of found)
    expect(frames.every(({ note }) => note === undefined || note === 'trap-frame')).toBe(true);
});

test('arguments are those of the call, at the first instruction and deeper', async () => {
  const [frames = []] = await stacksOf('worker', (processor) => walk32(machine, processor, symbolsOnly));
  const [pool, allocate] = frames;
  // MmAllocateSpecialPool(bytes, tag, type, direction), ExAllocatePoolWithTag(type, bytes, tag).
  const tag = BigInt(Buffer.from('Ddk ').readUInt32LE());
  expect(pool?.args?.[1]).toBe(tag);
  expect(allocate?.args).toEqual([pool?.args?.[2], pool?.args?.[0], tag]);
  const addresses = frames.map(({ frameAddress }) => Number(frameAddress));
  expect(addresses.at(-1)).toBe(0);
  expect(addresses.slice(0, -1)).toEqual(addresses.slice(0, -1).toSorted((a, b) => a - b));
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

describe.each([
  ['by frame data', withRecords],
  ['by code and EBP', symbolsOnly],
])('every instruction, %s', (_, code) => {
  test.each(WHOLE.filter(([thread]) => code === withRecords || (thread !== 'gui' && thread !== 'blit')))(
    'of %s in %s',
    async (thread, name) => {
      const breakpoint = new Breakpoint(machine, symbol(machine, name));
      expect(machine.wake(thread)).toBe(true);
      const processor = stopped(machine, next(machine), 'breakpoint');
      breakpoint.remove();
      const sizes = new StackSizes(1024);
      const user = code === withRecords;
      const outer = (await walk32(machine, processor, code, { user })).map(({ pc }) => pc).slice(2);
      const shadow = new Shadow(machine, processor);
      const wrong: string[] = [];
      const steps = await shadow.follow(async () => {
        const pcs = (await walk32(machine, processor, code, { sizes, user })).map(({ pc }) => pc);
        const expected = [shadow.pc, ...shadow.returns.toReversed(), ...outer];
        if (pcs.join() !== expected.join())
          wrong.push(
            `${nameOf(machine, shadow.pc)} ${shadow.pc.toString(16)}: ${pcs.map((pc) => nameOf(machine, pc)).join(' ')}`,
          );
      });
      expect(wrong).toEqual([]);
      expect(steps).toBeGreaterThan(50);
      expect(outer.some((pc) => pc < FIRST_KERNEL)).toBe(['ioctl', 'deep', 'open', 'gui'].includes(thread));
      expect(machine.run(1_000_000).kind).toBe('idle');
    },
  );
});
