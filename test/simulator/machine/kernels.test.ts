import { describe, expect, test } from 'vitest';
import { createMachine } from '../../../src/simulator/machine/emulated-machine.js';
import { kernelsFor } from '../../../src/simulator/machine/kernels.js';
import type { Machine } from '../../../src/simulator/machine/machine.js';
import { booted, KERNELS, next, rest, stopped, symbol } from './booted.js';
import { nameOf } from './stack.js';

const WORDS = {
  x64: { build: 7601, lab: '7601.17514.amd64fre.win7sp1_rtm.101119-1850', csd: 0x100, version: [6, 1], product: 1 },
  x86: { build: 3790, lab: '3790.srv03_sp2_rtm.070216-1710', csd: 0x200, version: [5, 2], product: 3 },
  'x64-2003': { build: 3790, lab: '3790.srv03_sp2_rtm.070216-1710', csd: 0x200, version: [5, 2], product: 3 },
  'x64-10': { build: 19041, lab: '19041.1.amd64fre.vb_release.191206-1406', csd: 0, version: [10, 0], product: 1 },
  'x64-11': { build: 26100, lab: '26100.1.amd64fre.ge_release.240331-1435', csd: 0, version: [10, 0], product: 1 },
} as const;

test.each(KERNELS)('the kernel of %s says which Windows it is', (folder, options) => {
  const machine = booted(options);
  const { build, lab, csd, version, product } = WORDS[folder];
  const number = (at: bigint): number => machine.memory.read(at, 4).readUInt32LE();
  expect([machine.kernel.build, machine.kernel.name]).toEqual([build, options.kernel]);
  expect(number(symbol(machine, 'nt!NtBuildNumber')) & 0xffff).toBe(build);
  const text = machine.memory.read(symbol(machine, 'nt!NtBuildLab'), 64).toString('latin1');
  expect(text.slice(0, text.indexOf('\0'))).toBe(lab);
  expect(number(symbol(machine, 'nt!CmNtCSDVersion'))).toBe(csd);
  const shared = options.architecture === 'x64' ? 0xffff_f780_0000_0000n : 0xffdf_0000n;
  expect([number(shared + 0x26cn), number(shared + 0x270n)]).toEqual(version);
  expect(number(shared + 0x264n)).toBe(product);
});

test('there is no kernel of 11 for x86', () => {
  expect([kernelsFor('x86'), kernelsFor('x64')]).toEqual([['2003'], ['7', '2003', '10', '11']]);
  expect(() => createMachine({ architecture: 'x86', kernel: '11', processors: 1 })).toThrow(RangeError);
});

/** Calls a function of the kernel as if a processor had come to it by itself. @returns rax, and where it broke meanwhile */
function call(
  machine: Machine,
  name: string,
  ...args: bigint[]
): { readonly result: bigint; readonly broke: string[] } {
  const [processor] = machine.processors;
  if (!processor) throw new Error('no processor');
  const end = symbol(machine, 'nt!RtlpBreakWithStatusInstruction');
  machine.enterBreak(0);
  const before = ['rip', 'rsp', 'rax', 'rcx', 'rdx', 'r8', 'r9', 'r10', 'r11', 'efl'].map(
    (register) => [register, processor.get(register)] as const,
  );
  const stack = (processor.get('rsp') & ~0xfn) - 0x108n;
  const returns = Buffer.alloc(8);
  returns.writeBigUInt64LE(end);
  machine.memory.write(stack, returns);
  processor.set('rsp', stack);
  processor.set('rip', symbol(machine, `nt!${name}`));
  for (const [index, value] of args.entries()) processor.set(['rcx', 'rdx', 'r8'][index] as string, value);
  const broke: string[] = [];
  for (;;) {
    stopped(machine, next(machine), 'breakpoint');
    const pc = processor.get('rip');
    if (pc === end) break;
    expect(machine.pool.isHitBreak(0)).toBe(true);
    broke.push(nameOf(machine, pc));
    processor.set('rip', pc + 1n);
  }
  const result = processor.get('rax');
  for (const [register, value] of before) processor.set(register, value);
  processor.set('rip', end + 1n);
  rest(machine);
  return { result, broke };
}

describe.each(['10', '11'] as const)('the pools of kernel %s', (kernel) => {
  const machine = booted({ kernel, processors: 1 });
  const tag = 0x21746948n; // "Hit!"
  const word = Buffer.from('Hit!');

  // Small blocks and large ones are counted in different places, and each place has a break of its own.
  test.each([
    ['ExAllocatePoolWithTag', [1n, 100n, tag], 'nt!ExAllocateHeapPool', 'nt!ExFreeHeapPool'],
    ['ExAllocatePool2', [0x100n, 100n, tag], 'nt!ExAllocateHeapPool', 'nt!ExFreeHeapPool'],
    ['ExAllocatePoolWithTag', [1n, 5000n, tag], 'nt!ExInsertPoolTag', 'nt!ExRemovePoolTag'],
    ['ExAllocateContiguousHeapPool', [0x200n, 5000n, tag], 'nt!ExAllocateContiguousHeapPool', 'nt!ExRemovePoolTag'],
  ] as const)('%s %o breaks once in %s, and its free once in %s', (name, args, allocation, free) => {
    machine.memory.write(symbol(machine, 'nt!PoolHitTag'), word);
    const before = machine.pool.usesOf(Number(tag));
    const taken = call(machine, name, ...args);
    expect(taken.broke).toEqual([allocation]);
    expect(taken.result).toBeGreaterThan(0xffff_0000_0000_0000n);
    expect(call(machine, 'ExFreePoolWithTag', taken.result, tag).broke).toEqual([free]);
    expect(machine.pool.usesOf(Number(tag)) - before).toBe(2);
    machine.memory.write(symbol(machine, 'nt!PoolHitTag'), Buffer.alloc(4));
    const silent = call(machine, name, ...args);
    expect(silent.broke).toEqual([]);
    call(machine, 'ExFreePoolWithTag', silent.result, tag);
    expect(machine.damages).toEqual([]);
  });

  test('a special pool page says what it holds', () => {
    const { result } = call(machine, 'ExAllocatePoolWithTag', 1n, 0x123n, BigInt(Buffer.from('Ddk ').readUInt32LE()));
    const page = machine.memory.read(result & ~0xfffn, 8);
    expect([page.readUInt32LE() & 0x1fff, page.toString('latin1', 4)]).toEqual([0x123, 'Ddk ']);
    expect((result & 0xfffn) + 0x130n).toBe(0x1000n);
    // The page behind it is not there.
    expect(machine.memory.translate((result & ~0xfffn) + 0x1000n)).toBeUndefined();
  });
});
