import { describe, expect, test } from 'vitest';
import { ARCHITECTURES, booted, next, pcName, rest, stopped, symbol, TF } from './booted.js';
import { names } from './stack.js';

describe.each(ARCHITECTURES)('%s', (architecture) => {
  const wide = architecture === 'x64';
  const BREAK = [
    wide ? 'nt!DbgBreakPointWithStatus' : 'nt!RtlpBreakWithStatusInstruction',
    'nt!KdCheckForDebugBreak',
    'nt!KeUpdateSystemTime',
  ];

  test('an idle processor breaks in above its idle loop, and goes back to it', () => {
    const machine = booted({ architecture });
    for (const { number } of machine.processors) {
      machine.enterBreak(number);
      const processor = stopped(machine, next(machine), 'breakpoint');
      expect(processor.number).toBe(number);
      expect(processor.get(pcName(machine))).toBe(symbol(machine, 'nt!RtlpBreakWithStatusInstruction'));
      expect(processor.get(wide ? 'rcx' : 'eax')).toBe(1n);
      const stack = names(machine, number);
      expect(stack.slice(0, 3)).toEqual(wide ? ['nt!DbgBreakPointWithStatus', ...BREAK.slice(1)] : BREAK);
      expect(stack).toContain('nt!KiHaltProcessor');
      expect(stack.at(-1)).toBe('nt!KiSystemStartupThunk');
      processor.set(pcName(machine), processor.get(pcName(machine)) + 1n);
      rest(machine);
    }
    machine.wake('ioctl');
    rest(machine);
    expect(machine.completed.get('ioctl')).toBe(1);
  });

  test('anywhere on the way of a thread, in user mode as in the kernel, it does no harm', () => {
    const machine = booted({ architecture, processors: 1 });
    const modes = new Set<boolean>();
    let breaks = 0;
    for (let instructions = 1; machine.completed.get('ioctl') !== 12 && breaks < 2000; instructions += 37) {
      machine.wake('ioctl');
      const trap = machine.run(instructions % 97);
      if (trap.kind === 'idle') continue;
      const [processor] = machine.processors;
      if (!processor) throw new Error('no processor');
      modes.add((processor.get('cs') & 3n) !== 0n);
      machine.enterBreak(0);
      stopped(machine, next(machine), 'breakpoint');
      expect(names(machine, 0, 3).slice(1)).toEqual(BREAK.slice(1));
      processor.set(pcName(machine), processor.get(pcName(machine)) + 1n);
      breaks++;
    }
    expect(modes.size).toBe(2);
    expect(breaks).toBeGreaterThan(50);
    expect(machine.damages).toEqual([]);
    expect(machine.tagAllocations).toBe(12);
  });

  test('a thread at work is not woken, and runs on', () => {
    const machine = booted({ architecture });
    expect(machine.wake('deep')).toBe(true);
    expect(machine.run(150).kind).toBe('limit');
    expect(machine.wake('deep')).toBe(false);
    expect(machine.wake('nobody')).toBe(false);
    rest(machine);
    expect(machine.wake('deep')).toBe(true);
  });

  test('a step at an idle processor comes back', () => {
    const machine = booted({ architecture, processors: 1 });
    machine.enterBreak(0);
    const processor = stopped(machine, next(machine), 'breakpoint');
    processor.set(pcName(machine), processor.get(pcName(machine)) + 1n);
    processor.set('efl', processor.get('efl') | TF);
    expect(stopped(machine, next(machine), 'single-step').get(pcName(machine))).not.toBe(
      symbol(machine, 'nt!RtlpBreakWithStatusInstruction'),
    );
    rest(machine);
  });
});
