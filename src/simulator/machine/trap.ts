import type { ExecutionEnd } from './cpu/execute.js';
import { CpuStop } from './cpu/stops.js';
import type { MachineTrap } from './machine.js';
import { toAddress } from './memory.js';
import type { EmulatedProcessor } from './processor.js';

/** What the end of a processor's turn is to whoever runs the machine. */
export function trapOf({ number, cpu, wide }: EmulatedProcessor, ending: ExecutionEnd): MachineTrap {
  if (ending instanceof CpuStop && ending.kind === 'fault') {
    const information = ending.information.map((value) => toAddress(value, wide));
    return { kind: 'fault', processor: number, code: ending.code, information };
  }
  if (ending.kind === 'breakpoint') return { kind: 'breakpoint', processor: number };
  if (ending.kind === 'single-step') return { kind: 'single-step', processor: number };
  return { kind: 'service', processor: number, service: cpu.lo[0] as number };
}
