import { Register } from 'iced-x86';
import type { Cpu } from './cpu.js';

/** Selectors of Windows: the kernel's and the user's code, data and, on x86, fs. */
export const SELECTOR = {
  x86: { code: 8, data: 0x23, stack: 0x10, fs: 0x30, userCode: 0x1b, userData: 0x23, userFs: 0x3b },
  x64: { code: 0x10, data: 0x2b, stack: 0x18, fs: 0x53, userCode: 0x33, userData: 0x2b, userFs: 0x53 },
} as const;

const NAMES = new Map<Register, 'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs'>([
  [Register.ES, 'es'],
  [Register.CS, 'cs'],
  [Register.SS, 'ss'],
  [Register.DS, 'ds'],
  [Register.FS, 'fs'],
  [Register.GS, 'gs'],
]);

export function segmentRead(cpu: Cpu, register: Register): number {
  return cpu[NAMES.get(register) ?? 'ds'];
}

export function segmentWrite(cpu: Cpu, register: Register, selector: number): void {
  cpu[NAMES.get(register) ?? 'ds'] = selector;
  if (register === Register.FS && !cpu.wide) loadFs(cpu);
}

/** The descriptors of fs: the processor's KPCR for the kernel, for user code the TEB that the KPCR names at 18. */
export function loadFs(cpu: Cpu): void {
  cpu.fsBase = cpu.fs === SELECTOR.x86.fs ? cpu.pcr : cpu.bus.read32(cpu.pcr + 0x18) >>> 0;
}
