import { describe, expect, test } from 'vitest';
import type { Machine, Processor } from '../../../src/simulator/machine/machine.js';
import { ARCHITECTURES, booted, next, pcName, rest, stopped, symbol } from './booted.js';
import { names } from './stack.js';

describe.each(ARCHITECTURES)('%s', (architecture) => {
  const wide = architecture === 'x64';
  const [first, second, third, fourth] = wide ? ['rcx', 'rdx', 'r8', 'r9'] : ['ecx', 'edx', 'ebx', 'edi'];
  const result = wide ? 'rax' : 'eax';

  function service(machine: Machine, number: number): Processor {
    const trap = next(machine);
    const processor = stopped(machine, trap, 'service');
    expect(trap).toMatchObject({ service: number });
    expect(machine.memory.read(processor.get(pcName(machine)), 1)[0]).toBe(0xcc);
    return processor;
  }

  function answer(machine: Machine, processor: Processor, value: bigint): void {
    processor.set(result, value);
    processor.set(pcName(machine), processor.get(pcName(machine)) + 1n);
  }

  function text(machine: Machine, processor: Processor): string {
    return machine.memory.read(processor.get(first), Number(processor.get(second))).toString('latin1');
  }

  function printed(machine: Machine): string {
    const processor = service(machine, 1);
    const found = text(machine, processor);
    answer(machine, processor, 0n);
    return found;
  }

  test('DbgPrint hands over its formatted text', () => {
    const machine = booted({ architecture });
    for (const pass of [1, 2]) {
      machine.wake('print');
      expect(printed(machine)).toMatch(
        wide
          ? new RegExp(`^faultdrv: pass ${pass} of FaultPrint at fffff80[0-9a-f]{9}\n$`)
          : new RegExp(`^faultdrv: pass ${pass} of FaultPrint at 80[0-9a-f]{6}\n$`),
      );
      rest(machine);
    }
    expect(machine.damages).toEqual([]);
  });

  test('a failed assertion prints, prompts, and breaks when told to', () => {
    const machine = booted({ architecture });
    machine.wake('assert');
    expect(printed(machine)).toContain(
      '*** Assertion failed: Irp->Status == STATUS_PENDING\n***   Source File: faultdrv.c, line 12\n',
    );
    const processor = service(machine, 2);
    expect(text(machine, processor)).toMatch(/^Break repeatedly.*\(boipt\)\? $/);
    expect(processor.get(fourth)).toBe(2n);
    machine.memory.write(processor.get(third), Buffer.from('o\0'));
    answer(machine, processor, 1n);
    const stoppedAt = stopped(machine, next(machine), 'breakpoint');
    expect(names(machine, stoppedAt.number).slice(0, 3)).toEqual([
      'nt!DbgBreakPoint',
      'nt!RtlAssert',
      'faultdrv!FaultAssert',
    ]);
    stoppedAt.set(pcName(machine), stoppedAt.get(pcName(machine)) + 1n);
    rest(machine);
    expect([machine.completed.get('assert'), machine.damages]).toEqual([1, []]);
  });

  test('a bug check says what it is, and breaks with status 3, then 4 for ever', () => {
    const machine = booted({ architecture });
    machine.wake('crash');
    expect(printed(machine)).toMatch(/^\n\*\*\* Fatal System Error: 0x000000e2\n {23}\(0x0+1,0x0+2,0x0+3,0x0+4\)\n\n$/);
    for (const status of [3n, 4n, 4n, 4n]) {
      const processor = stopped(machine, next(machine), 'breakpoint');
      expect(processor.get(pcName(machine))).toBe(symbol(machine, 'nt!RtlpBreakWithStatusInstruction'));
      expect(processor.get(wide ? 'rcx' : 'eax')).toBe(status);
      processor.set(pcName(machine), processor.get(pcName(machine)) + 1n);
    }
  });

  test('a stray pointer is an access violation at the instruction', () => {
    const machine = booted({ architecture });
    machine.wake('stray');
    const trap = next(machine);
    expect(trap).toMatchObject({ kind: 'fault', code: 0xc0000005, information: [1n, 0x28n] });
    const processor = stopped(machine, trap, 'fault');
    expect(names(machine, processor.number)).toContain('faultdrv!FaultTouch');
    expect(next(machine)).toEqual(trap);
  });
});
