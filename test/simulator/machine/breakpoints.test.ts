import { describe, expect, test } from 'vitest';
import type { Machine, Processor } from '../../../src/simulator/machine/machine.js';
import { ARCHITECTURES, Breakpoint, booted, next, pcName, RF, rest, stopped, symbol, TF } from './booted.js';

const SPECIAL_POOL = 'nt!MmAllocateSpecialPool';
const WORKING = ['worker', 'batch', 'ioctl', 'deep', 'open', 'reopen', 'buffers', 'gui', 'blit', 'other'];

describe.each(ARCHITECTURES)('%s', (architecture) => {
  test('every stop of many threads on several processors is an allocation, and nothing is damaged', () => {
    const machine = booted({ architecture, processors: 3 });
    const pc = pcName(machine);
    const at = symbol(machine, SPECIAL_POOL);
    const original = machine.memory.read(at, 1);
    const breakpoint = new Breakpoint(machine, at);
    let hits = 0;
    const stoppedOn = new Set<number>();
    for (let round = 0; round < 20; round++) {
      for (const thread of WORKING) expect(machine.wake(thread)).toBe(true);
      for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
        const processor = stopped(machine, trap, 'breakpoint');
        expect(processor.get(pc)).toBe(at);
        hits++;
        stoppedOn.add(processor.number);
        stepAlone(machine, breakpoint, processor);
      }
    }
    expect(stoppedOn.size).toBe(3);
    expect(WORKING.map((thread) => machine.completed.get(thread))).toEqual(WORKING.map(() => 20));
    expect(machine.damages).toEqual([]);
    expect(machine.tagAllocations).toBe(20 * 14);
    expect(hits).toBeGreaterThan(machine.tagAllocations / 2);
    expect(hits).toBeLessThanOrEqual(machine.tagAllocations);
    breakpoint.remove();
    expect(machine.memory.read(at, 1)).toEqual(original);
  });

  /** While the breakpoint is out, other processors run through the place: some allocations then go by unseen, as on a real target. */
  function stepAlone(machine: Machine, breakpoint: Breakpoint, processor: Processor): void {
    breakpoint.remove();
    processor.set('efl', processor.get('efl') | TF);
    expect(stopped(machine, next(machine), 'single-step').number).toBe(processor.number);
    breakpoint.insert();
  }

  test('on one processor, stops and allocations are the same number', () => {
    const machine = booted({ architecture, processors: 1 });
    const breakpoint = new Breakpoint(machine, symbol(machine, SPECIAL_POOL));
    let hits = 0;
    for (const thread of WORKING) {
      machine.wake(thread);
      for (let trap = next(machine); trap.kind !== 'idle'; trap = next(machine)) {
        breakpoint.stepOver(stopped(machine, trap, 'breakpoint'));
        hits++;
      }
    }
    expect(hits).toBe(14);
    expect(machine.tagAllocations).toBe(14);
  });

  test('an int3 at the second instruction stops there, with the first one done', () => {
    const machine = booted({ architecture });
    const at = symbol(machine, SPECIAL_POOL);
    const second = at + (architecture === 'x64' ? 5n : 2n);
    const breakpoint = new Breakpoint(machine, second);
    machine.wake('worker');
    const processor = stopped(machine, next(machine), 'breakpoint');
    expect(processor.get(pcName(machine))).toBe(second);
    breakpoint.stepOver(processor);
    rest(machine);
    expect(machine.completed.get('worker')).toBe(1);
    expect(machine.damages).toEqual([]);
  });

  test('the prologue is what the compilers of Windows write', () => {
    const machine = booted({ architecture });
    const bytes = machine.memory.read(symbol(machine, SPECIAL_POOL), 5).toString('hex');
    // mov [rsp+8], rbx; or mov edi, edi; push ebp; mov ebp, esp.
    expect(bytes).toBe(architecture === 'x64' ? '48895c2408' : '8bff5589e5');
    const breaks = machine.memory.read(symbol(machine, 'nt!RtlpBreakWithStatusInstruction'), 4).toString('hex');
    expect(breaks.startsWith(architecture === 'x64' ? 'ccc3' : 'ccc20400')).toBe(true);
  });

  test('a debug register stops before the routine, and RF gets past it', () => {
    const machine = booted({ architecture });
    for (const { debug } of machine.processors) {
      debug.dr0 = symbol(machine, SPECIAL_POOL);
      debug.dr7 = 0x401n;
    }
    for (let round = 1; round <= 3; round++) {
      machine.wake('deep');
      const processor = stopped(machine, next(machine), 'single-step');
      expect(processor.get(pcName(machine))).toBe(symbol(machine, SPECIAL_POOL));
      expect(processor.debug.dr6).toBe(0xffff0ff1n);
      processor.debug.dr6 = 0xffff0ff0n;
      processor.set('efl', processor.get('efl') | RF);
      machine.resumed(processor.number);
      rest(machine);
      expect(machine.completed.get('deep')).toBe(round);
    }
  });

  test('a kernel that leaves traps by popfd loses RF: the same stop comes again', () => {
    const machine = booted({ architecture, trapExit: 'popfd' });
    for (const { debug } of machine.processors) {
      debug.dr0 = symbol(machine, SPECIAL_POOL);
      debug.dr7 = 0x401n;
    }
    machine.wake('worker');
    const processor = stopped(machine, next(machine), 'single-step');
    for (let times = 0; times < 3; times++) {
      processor.set('efl', processor.get('efl') | RF);
      machine.resumed(processor.number);
      expect(stopped(machine, next(machine), 'single-step')).toBe(processor);
      expect(processor.get(pcName(machine))).toBe(symbol(machine, SPECIAL_POOL));
    }
    // A single step with dr7 off is the way out.
    processor.debug.dr7 = 0x400n;
    processor.set('efl', processor.get('efl') | TF);
    machine.resumed(processor.number);
    stopped(machine, next(machine), 'single-step');
    processor.debug.dr7 = 0x401n;
    rest(machine);
    expect(machine.completed.get('worker')).toBe(1);
  });

  test('a whole allocation goes by in single steps', () => {
    const machine = booted({ architecture, processors: 1 });
    const [processor] = machine.processors as [Processor];
    machine.wake('reopen');
    let steps = 0;
    let stoppedInPool = 0;
    for (; machine.completed.get('reopen') === 0 && steps < 5000; steps++) {
      processor.set('efl', processor.get('efl') | TF);
      stopped(machine, next(machine), 'single-step');
      expect(processor.debug.dr6 & 0x4000n).toBe(0x4000n);
      if (processor.get(pcName(machine)) === symbol(machine, SPECIAL_POOL)) stoppedInPool++;
    }
    expect(steps).toBeGreaterThan(300);
    expect(stoppedInPool).toBe(1);
    rest(machine);
    expect(machine.damages).toEqual([]);
  });

  test('a step at a system call comes back where that architecture has it', () => {
    const machine = booted({ architecture, processors: 1 });
    const stub = symbol(machine, 'ntdll!NtDeviceIoControlFile');
    const breakpoint = new Breakpoint(machine, stub);
    machine.wake('ioctl');
    const processor = stopped(machine, next(machine), 'breakpoint');
    breakpoint.remove();
    const pcs: bigint[] = [];
    for (let steps = 0; steps < 5; steps++) {
      processor.set('efl', processor.get('efl') | TF);
      stopped(machine, next(machine), 'single-step');
      pcs.push(processor.get(pcName(machine)));
    }
    // x64: syscall leaves TF to sysret, and the ret of the stub has been executed by then. x86: sysenter keeps it.
    if (architecture === 'x86') expect(pcs).toContain(symbol(machine, 'nt!KiFastCallEntry'));
    else expect(pcs.slice(0, 2)).toEqual([stub + 3n, stub + 8n]);
    if (architecture === 'x64') expect(pcs.slice(2).every((pc) => pc < 0x8000_0000_0000n)).toBe(true);
    rest(machine);
    expect(machine.damages).toEqual([]);
  });

  test('a watched variable stops after the write to it', () => {
    const machine = booted({ architecture });
    const variable = symbol(machine, 'nt!MmSpecialPoolAllocations');
    for (const { debug } of machine.processors) {
      debug.dr1 = variable;
      debug.dr7 = 0x00d00404n;
    }
    machine.wake('worker');
    const processor = stopped(machine, next(machine), 'single-step');
    expect(processor.debug.dr6).toBe(0xffff0ff2n);
    expect(machine.memory.read(variable, 4).readUInt32LE()).toBe(1);
    rest(machine);
    expect(machine.completed.get('worker')).toBe(1);
  });

  test('a register that a debugger changes is a damage', () => {
    const machine = booted({ architecture });
    const breakpoint = new Breakpoint(machine, symbol(machine, SPECIAL_POOL));
    const register = architecture === 'x64' ? 'r12' : 'ebx';
    machine.wake('worker');
    const processor = stopped(machine, next(machine), 'breakpoint');
    const value = processor.get(register);
    processor.set(register, 0x1234n);
    breakpoint.stepOver(processor);
    next(machine);
    const digits = (number: bigint) => number.toString(16).padStart(architecture === 'x64' ? 16 : 8, '0');
    expect(machine.damages).toContain(
      `worker: ${register} is ${digits(0x1234n)} at the end of MmAllocateSpecialPool, and was ${digits(value)}`,
    );
  });

  test('so is one of user mode that comes back changed to the wait', () => {
    const machine = booted({ architecture });
    const breakpoint = new Breakpoint(machine, symbol(machine, 'ntdll!RtlpAskDevice'));
    const register = architecture === 'x64' ? 'r15' : 'ebx';
    machine.wake('ioctl');
    const processor = stopped(machine, next(machine), 'breakpoint');
    processor.set(register, processor.get(register) ^ 1n);
    breakpoint.stepOver(processor);
    rest(machine);
    expect(machine.damages[0]).toMatch(
      new RegExp(`^ioctl: ${register} is [0-9a-f]+ at its wait in user mode, and was [0-9a-f]+$`),
    );
    expect(machine.completed.get('ioctl')).toBe(1);
  });
});
