import type { Cpu } from './cpu/cpu.js';
import { FLAG } from './cpu/flags.js';
import { SELECTOR } from './cpu/segments.js';
import type { KernelView } from './kernel-view.js';

const RSP_BASE = 0x1a8;
const TSS_POINTER = 0x40;
const ESP0 = 4;

/** Sends a processor to an interrupt entry, with the frame on the stack that the hardware puts there. */
export function interrupt(cpu: Cpu, kernel: KernelView, entry: number): void {
  const { user, ss, cs } = cpu;
  const stack = cpu.address(4);
  const flags = cpu.flags();
  if (cpu.wide) {
    const top = user ? kernel.pointer(cpu.kernelGsBase + RSP_BASE) : stack;
    cpu.setAddress(4, Math.floor(top / 16) * 16);
  } else if (user) {
    cpu.setAddress(4, kernel.pointer(kernel.pointer(cpu.pcr + TSS_POINTER) + ESP0));
  }
  if (cpu.wide || user) {
    cpu.push(ss, 0);
    cpu.pushAddress(stack);
  }
  cpu.push(flags | 0, 0);
  cpu.push(cs, 0);
  cpu.pushAddress(cpu.ip);
  const selectors = cpu.wide ? SELECTOR.x64 : SELECTOR.x86;
  cpu.cs = selectors.code;
  cpu.ss = selectors.stack;
  cpu.setSystem(cpu.system & ~(FLAG.tf | FLAG.if | FLAG.rf));
  cpu.ip = entry;
  cpu.halted = false;
}
